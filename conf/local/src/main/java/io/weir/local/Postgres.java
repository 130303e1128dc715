package io.weir.local;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One Postgres server on a data directory, as a child process.
 *
 * <p>Which crash is this for: a {@code kill -9} of our process leaves the server running without a parent. The next
 * start reads {@code postmaster.pid}, makes sure that the process there is the server of this very directory, ends it
 * in order and starts its own. A {@code kill -9} of the server itself is healed by Postgres from its log.
 *
 * <p>The cluster is made in a sibling directory and renamed when complete, so a kill during the first start leaves
 * nothing that looks like a cluster. The role {@code weir} owns the database {@code weir} and may create databases; it
 * is no superuser, and nobody can sign in as one.
 */
final class Postgres {
    static final String ROLE = "weir";
    static final String DATABASE = "weir";
    private static final long START_TIMEOUT_SECONDS = 60;
    private static final long LARGEST_LOG_BYTES = 10 << 20;

    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("listen_addresses", "127.0.0.1"),
            Map.entry("unix_socket_directories", ""),
            Map.entry("max_connections", "100"),
            // An acknowledged commit survives: never weakened, also not for tests.
            Map.entry("fsync", "on"),
            Map.entry("synchronous_commit", "on"),
            Map.entry("full_page_writes", "on"),
            Map.entry("shared_buffers", "256MB"),
            Map.entry("work_mem", "16MB"),
            Map.entry("maintenance_work_mem", "64MB"),
            // Fewer checkpoints under load: each makes the next write of a page a full page in the log.
            Map.entry("max_wal_size", "4GB"),
            Map.entry("min_wal_size", "256MB"),
            Map.entry("checkpoint_timeout", "15min"),
            Map.entry("max_wal_senders", "0"),
            Map.entry("jit", "off"),
            Map.entry("TimeZone", "UTC"),
            Map.entry("log_timezone", "UTC"),
            Map.entry("log_checkpoints", "off"));

    private final PostgresPrograms programs;
    private final Path directory;
    private final Path log;
    private final int port;
    private final String password;
    private @Nullable Process server;

    Postgres(PostgresPrograms programs, Path directory, Path log, int port, String password) {
        this.programs = programs;
        this.directory = directory;
        this.log = log;
        this.port = port;
        this.password = password;
    }

    String uri(String database) {
        return "postgres://%s:%s@127.0.0.1:%d/%s".formatted(ROLE, password, port, database);
    }

    String password() {
        return password;
    }

    /** Ends a server that an earlier process left behind on this directory. */
    synchronized void stopLeftOver() throws IOException, InterruptedException {
        Path pidFile = directory.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        List<String> lines = Files.readAllLines(pidFile);
        if (lines.isEmpty() || !lines.getFirst().strip().matches("[0-9]+")) {
            return;
        }
        ProcessHandle leftOver =
                ProcessHandle.of(Long.parseLong(lines.getFirst().strip())).orElse(null);
        if (leftOver != null && isServerOfThisDirectory(leftOver)) {
            end(leftOver, 10);
        }
    }

    /** Makes the cluster where there is none, starts the server and waits until it takes connections. */
    synchronized void start() throws IOException, InterruptedException {
        if (!Files.exists(directory.resolve("PG_VERSION"))) {
            makeCluster();
        }
        if (Files.exists(log) && Files.size(log) > LARGEST_LOG_BYTES) {
            Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> arguments = new ArrayList<>(List.of("-D", directory.toString(), "-p", Integer.toString(port)));
        SETTINGS.forEach((name, value) -> arguments.addAll(List.of("-c", name + "=" + value)));
        Process started = process("postgres", arguments)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        server = started;
        awaitReady(started);
    }

    /** Runs this when the server that was started last has ended, for whatever reason. */
    synchronized void whenEnded(Runnable action) {
        Process current = server;
        if (current != null) {
            Thread.ofVirtual().start(() -> {
                awaitEnd(current);
                action.run();
            });
        }
    }

    /** Stops the server in order ("fast": open transactions are rolled back). */
    synchronized void stop() throws IOException, InterruptedException {
        Process current = server;
        if (current != null) {
            end(current.toHandle(), 3);
            server = null;
        }
    }

    /** Ends the server at once, as a crash would; the next start recovers from the log. */
    synchronized void kill() throws IOException, InterruptedException {
        Process current = server;
        if (current != null) {
            signal(current.toHandle(), "QUIT", 5);
            server = null;
        }
    }

    private void awaitReady(Process started) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_TIMEOUT_SECONDS);
        while (!saysReady(started.pid())) {
            if (started.waitFor(10, TimeUnit.MILLISECONDS)) {
                throw new StartRefused(
                        StartRefused.FAILED,
                        "Postgres ended at its start (exit code %d). Its reasons are at the end of %s."
                                .formatted(started.exitValue(), log));
            }
            if (System.nanoTime() > deadline) {
                end(started.toHandle(), 3);
                throw new StartRefused(
                        StartRefused.FAILED,
                        "Postgres was not ready within %d s. See %s.".formatted(START_TIMEOUT_SECONDS, log));
            }
        }
    }

    /** The server's own word: line 1 of its pid file is its id, line 8 its status. */
    private boolean saysReady(long pid) throws IOException {
        Path pidFile = directory.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return false;
        }
        List<String> lines = Files.readAllLines(pidFile);
        return lines.size() >= 8
                && lines.getFirst().strip().equals(Long.toString(pid))
                && lines.get(7).strip().equals("ready");
    }

    private boolean isServerOfThisDirectory(ProcessHandle process) throws IOException {
        if (!process.isAlive()) {
            return false;
        }
        Path working = Path.of("/proc", Long.toString(process.pid()), "cwd");
        // A server's working directory is its data directory; the id alone may by now be some other process's.
        return Files.isReadable(working) && Files.isSameFile(working, directory);
    }

    private void end(ProcessHandle process, long patienceSeconds) throws IOException, InterruptedException {
        if (!signal(process, "INT", patienceSeconds) && !signal(process, "QUIT", 3)) {
            process.destroyForcibly();
            awaitEnd(process, 3);
        }
    }

    private boolean signal(ProcessHandle process, String name, long patienceSeconds)
            throws IOException, InterruptedException {
        if (process.isAlive()) {
            run("pg_ctl", List.of("kill", name, Long.toString(process.pid())), "");
        }
        return awaitEnd(process, patienceSeconds);
    }

    private static boolean awaitEnd(ProcessHandle process, long seconds) throws InterruptedException {
        try {
            process.onExit().get(seconds, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return !process.isAlive();
        }
    }

    private static void awaitEnd(Process process) {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void makeCluster() throws IOException, InterruptedException {
        Path unfinished = directory.resolveSibling(directory.getFileName() + ".unfinished");
        PrivateFiles.deleteTree(unfinished);
        Path superuser = directory.resolveSibling(directory.getFileName() + ".superuser");
        PrivateFiles.replace(superuser, PrivateFiles.randomSecret());
        try {
            String output = run(
                    "initdb",
                    List.of(
                            "--pgdata=" + unfinished,
                            "--username=postgres",
                            "--auth=scram-sha-256",
                            "--pwfile=" + superuser,
                            "--encoding=UTF8",
                            "--locale=C",
                            "--locale-provider=builtin",
                            "--builtin-locale=C.UTF-8"),
                    "");
            requireNoError("initdb", output);
        } finally {
            Files.deleteIfExists(superuser);
        }
        // Without the server: a backend alone on the directory, which needs no password and no socket.
        String output = run("postgres", List.of("--single", "-D", unfinished.toString(), "postgres"), """
                        CREATE ROLE %1$s LOGIN CREATEDB PASSWORD '%2$s';
                        GRANT pg_monitor, pg_checkpoint TO %1$s;
                        CREATE DATABASE %3$s OWNER %1$s;
                        ALTER ROLE postgres PASSWORD NULL;
                        """.formatted(
                        ROLE, password, DATABASE));
        requireNoError("postgres --single", output);
        Files.move(unfinished, directory, StandardCopyOption.ATOMIC_MOVE);
    }

    private void requireNoError(String program, String output) {
        if (output.contains("ERROR:") || output.contains("FATAL:") || output.contains("error:")) {
            throw new StartRefused(
                    StartRefused.FAILED, "%s failed. It said:%n%s".formatted(program, output.replace(password, "***")));
        }
    }

    private String run(String program, List<String> arguments, String input) throws IOException, InterruptedException {
        Process process = process(program, arguments).start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exitCode = process.waitFor();
        return exitCode == 0 ? output : output + System.lineSeparator() + "error: exit code " + exitCode;
    }

    private ProcessBuilder process(String program, List<String> arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(programs.command(program, arguments.toArray(String[]::new)));
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        return builder.redirectErrorStream(true).directory(new File("/"));
    }
}
