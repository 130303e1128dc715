package io.weir.loadtest.chaos;

import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.FreePort;
import io.weir.loadtest.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A throw-away Weir: services, a proxy before Kafka, and nodes, by the project's own starters, in a directory of its own.
 *
 * <p>What was killed is started again, as often as it takes; all that was started is ended by {@link #close()}.
 */
final class World implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final Path root;
    private final Path directory;
    private final Path data;
    private final Console console;
    private final KafkaProxy proxy = new KafkaProxy(Duration.ofMillis(50));
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, String> settings;
    private @Nullable Running services;
    private int starts;
    private volatile boolean closing;

    /** @param settings of the nodes, by their environment names */
    World(Path root, Path directory, Map<String, String> settings, Console console) {
        this.root = root;
        this.directory = directory;
        this.data = directory.resolve("data");
        this.settings = Map.copyOf(settings);
        this.console = console;
    }

    /** A node, with ports that it keeps. */
    final class Node {
        private final int number;
        private final String port = FreePort.next();
        private final String management = FreePort.next();
        private @Nullable Running running;

        private Node(int number) {
            this.number = number;
        }

        String url() {
            return "http://127.0.0.1:" + port;
        }

        String managementUrl() {
            return "http://127.0.0.1:" + management;
        }

        int number() {
            return number;
        }

        synchronized void kill() {
            if (running != null) {
                running.kill();
            }
        }

        synchronized void signal(String name) {
            if (running != null) {
                running.signal(name);
            }
        }

        /** Starts it, again and again where it cannot start now: Kafka or Postgres may be away. */
        synchronized void start() {
            Patience patience = new Patience(START);
            while (!closing) {
                Map<String, String> environment = new HashMap<>(settings);
                environment.put("WEIR_DATA_DIR", data.toString());
                environment.put("WEIR_HTTP_PORT", port);
                environment.put("WEIR_MANAGEMENT_PORT", management);
                Running made = Running.start(
                        List.of("bash", root.resolve("conf/local/bin/weir-node").toString()),
                        root,
                        environment,
                        output("node-" + number));
                running = made;
                if (made.says("weir ready", START)) {
                    return;
                }
                if (!patience.again(AGAIN)) {
                    throw new ChaosFailure("node " + number + " does not start. It said:\n" + made.text());
                }
                made.end(5);
            }
        }
    }

    /** Starts services and nodes. */
    void start(int count) throws IOException {
        Files.createDirectories(data);
        startServices();
        for (int i = 0; i < count; i++) {
            nodes.add(new Node(i));
        }
        // The first one seeds; the others may then start at once.
        nodes.getFirst().start();
        nodes.stream().skip(1).parallel().forEach(Node::start);
    }

    List<Node> nodes() {
        return nodes;
    }

    KafkaProxy proxy() {
        return proxy;
    }

    /** What the nodes and services say of themselves, keys included. */
    DemoEnv env() {
        try {
            Map<String, String> all = new HashMap<>();
            for (Path file : List.of(data.resolve("services/services.env"), data.resolve("demo-keys.env"))) {
                for (String line : Files.readAllLines(file)) {
                    int equals = line.indexOf('=');
                    if (equals > 0 && !line.startsWith("#")) {
                        all.put(line.substring(0, equals), line.substring(equals + 1));
                    }
                }
            }
            return new DemoEnv(data, all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kafka, Postgres and the ERP, all at once. */
    synchronized void killServices() {
        pid(data.resolve("services/services.env"), "WEIR_SERVICES_PID=").ifPresent(ProcessHandle::destroyForcibly);
        pid(data.resolve("services/postgres/postmaster.pid"), "").ifPresent(ProcessHandle::destroyForcibly);
        Running starter = services;
        if (starter != null) {
            starter.end(10);
        }
    }

    synchronized void startServices() {
        Patience patience = new Patience(START);
        while (!closing) {
            Running made = Running.start(
                    List.of("bash", root.resolve("conf/local/bin/weir-services").toString()),
                    root,
                    Map.of(
                            "WEIR_DATA_DIR",
                            data.toString(),
                            "WEIR_LOCAL_KAFKA_PROXY_PORT",
                            Integer.toString(proxy.port())),
                    output("services"));
            services = made;
            if (made.says("weir services ready", START)) {
                proxy.to(kafkaPort());
                return;
            }
            if (!patience.again(AGAIN)) {
                throw new ChaosFailure("the services do not start. They said:\n" + made.text());
            }
        }
    }

    /** Takes a journal's directory away: no file can be made in its place. One that is being written is moved with it. */
    void hideJournal(int slot) {
        try {
            if (Files.isDirectory(journal(slot))) {
                Files.move(journal(slot), hidden(slot));
                Files.writeString(journal(slot), "not a directory");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void showJournal(int slot) {
        try {
            if (Files.isDirectory(hidden(slot))) {
                Files.delete(journal(slot));
                Files.move(hidden(slot), journal(slot));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path journal(int slot) {
        return data.resolve("spill-" + slot);
    }

    private Path hidden(int slot) {
        return data.resolve("hidden-" + slot);
    }

    private int kafkaPort() {
        try {
            return Files.readAllLines(data.resolve("services/ports.properties")).stream()
                    .filter(line -> line.startsWith("kafka.broker="))
                    .map(line -> Integer.parseInt(line.substring("kafka.broker=".length())))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized Path output(String name) {
        return directory.resolve(name + "." + ++starts + ".out");
    }

    @Override
    public void close() {
        closing = true;
        proxy.mode(KafkaProxy.Mode.PASS);
        for (Node node : nodes) {
            node.signal("CONT");
            Running running = node.running;
            if (running != null) {
                running.end(10);
            }
        }
        Running starter = services;
        if (starter != null && starter.alive()) {
            starter.end(15);
        } else {
            killServices();
        }
        proxy.close();
        console.line("Everything that was started is ended.");
    }

    /** The process that a file names, where it is one of this world's still. */
    private java.util.Optional<ProcessHandle> pid(Path file, String name) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.matches(name + "\\d+"))
                    .findFirst()
                    .flatMap(line -> ProcessHandle.of(Long.parseLong(line.substring(name.length()))))
                    .filter(process -> process.info().commandLine().orElse("").contains(data.toString()));
        } catch (IOException gone) {
            return java.util.Optional.empty();
        }
    }
}
