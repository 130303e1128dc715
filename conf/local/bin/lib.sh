# Shared by the starters of local services and nodes. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
: "${WEIR_DATA_DIR:=$root/.weir}"
case $WEIR_DATA_DIR in /*) ;; *) WEIR_DATA_DIR=$PWD/$WEIR_DATA_DIR ;; esac
export WEIR_DATA_DIR
: "${JAVA_HOME:=$("$root/conf/local/bin/find-jdk")}"
export JAVA_HOME
services_env=$WEIR_DATA_DIR/services/services.env
services_log=$WEIR_DATA_DIR/services/start.log

say() { echo "weir: $*" >&2; }

# Reads one name of the services' file, without evaluating anything.
service() { sed -n "s/^$1=//p" "$services_env" 2>/dev/null | head -n 1; }

alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null && [ "$(sed -E 's/.*\) (.).*/\1/' "/proc/$1/stat" 2>/dev/null)" != Z ]; }

services_alive() {
  local pid; pid=$(service WEIR_SERVICES_PID)
  alive "$pid" && tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -q io.weir.local.Main
}

# Starts the services in a session of their own, so that a terminal's Ctrl-C reaches only the starter.
# Small on purpose: they share the machine with the node. Serial collection: no thread of theirs competes with it.
services_start() {
  mkdir -p "$WEIR_DATA_DIR/services"; chmod 700 "$WEIR_DATA_DIR/services"
  rm -f "$services_env"
  setsid "$JAVA_HOME/bin/java" -Xms64m -Xmx384m -XX:+UseSerialGC -XX:MaxDirectMemorySize=64m -Xlog:disable \
    $(aot services) \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "$root/conf/local/target/dist/lib/*" io.weir.local.Main "$WEIR_DATA_DIR" \
    > "$services_log" 2>&1 < /dev/null &
  services_pid=$!
  disown "$services_pid"
}

# Waits until the services serve; fails with what they said.
services_wait() {
  local i
  for ((i = 0; i < 1200; i++)); do
    if [ -s "$services_env" ]; then services_pid=$(service WEIR_SERVICES_PID); return 0; fi
    if ! alive "$services_pid"; then
      say "the local services did not start:"; tail -n 5 "$services_log" >&2; return 1
    fi
    sleep 0.1
  done
  say "the local services did not start within 2 minutes; see $services_log"; return 1
}

# Asks a process to end, and waits at most so many seconds.
end() {
  local pid=$1 seconds=$2 i
  alive "$pid" || return 0
  kill -TERM "$pid" 2>/dev/null
  for ((i = 0; i < seconds * 20; i++)); do alive "$pid" || return 0; sleep 0.05; done
  say "process $pid did not end within $seconds s and is killed"
  kill -KILL "$pid" 2>/dev/null
}

# Ends the services; a Postgres that they could not end in time is told to end by itself (its pid file names it).
services_end() {
  end "$services_pid" "$1"
  local postgres; postgres=$(head -n 1 "$WEIR_DATA_DIR/services/postgres/postmaster.pid" 2>/dev/null)
  alive "$postgres" && kill -INT "$postgres" 2>/dev/null
  return 0
}

# The JVM's flags for the ahead-of-time cache of a program (services or node): read it where it was made; with WEIR_TRAIN
# set, make it. A cache that does not fit, since something was built again, is ignored without a word.
aot() {
  local cache=$root/target/$1.aot
  if [ -n "${WEIR_TRAIN:-}" ]; then echo "-XX:AOTCacheOutput=$cache"
  elif [ -f "$cache" ]; then echo "-XX:AOTCache=$cache"; fi
}

# What a node is told of the local services.
node_environment() {
  export WEIR_NODE_LOCAL_SERVICES=true
  export WEIR_JVM_ARGS="${WEIR_JVM_ARGS:-} $(aot node)"
  export WEIR_NODE_ENV_FILE=$1
  export WEIR_KAFKA_BOOTSTRAP_SERVERS; WEIR_KAFKA_BOOTSTRAP_SERVERS=$(service WEIR_KAFKA)
  export WEIR_POSTGRES_URI; WEIR_POSTGRES_URI=$(service WEIR_POSTGRES)
}
