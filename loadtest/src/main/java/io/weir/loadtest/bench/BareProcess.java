package io.weir.loadtest.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The process of the baselines, with the node's own flags, producer settings, batch size and number of connections. */
final class BareProcess implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(5);

    private final Started started;
    private int port;

    private BareProcess(Started started) {
        this.started = started;
    }

    /**
     * Starts it.
     *
     * @param recorded events that the ledger holds, and so ids that the bare insert's table does
     */
    static BareProcess start(Path root, RunningWeir weir, NodeConf conf, String name, long recorded, Path output) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(weir.virtualMachineFlags());
        command.addAll(List.of("-cp", root.resolve("loadtest/bare/target/dist/lib") + "/*", "io.weir.bare.Bare"));
        command.addAll(List.of(
                "topic=" + name,
                "kafka=" + weir.env().get("WEIR_KAFKA"),
                "postgres=" + weir.env().get("WEIR_POSTGRES"),
                "migrations=" + root.resolve("schemas/src/main/resources/db/migration"),
                "partitions=" + conf.get("kafka.partitions"),
                "lingerMillis=" + conf.get("kafka.lingerMillis"),
                "batchBytes=" + conf.get("kafka.batchBytes"),
                "bufferBytes=" + conf.get("kafka.bufferBytes"),
                "compression=" + conf.get("kafka.compression"),
                "eventLoops=" + conf.get("node.eventLoops"),
                "connections=" + conf.get("ledger.loops"),
                "recorded=" + recorded,
                "batchEvents=" + conf.get("ledger.maxPollRecords")));
        return new BareProcess(Started.start(command, root, Map.of(), output));
    }

    void awaitReady() {
        String line = started.await("bare ready ", START);
        port = Integer.parseInt(line.substring("bare ready ".length()).strip());
    }

    int port() {
        return port;
    }

    /** Events a second through the bare insert; the making of the rows is not timed. */
    double insert(Http http, Duration atLeast, int events) {
        long inserted = 0;
        long nanos = 0;
        while (nanos < atLeast.toNanos()) {
            JsonNode answer =
                    http.post("http://127.0.0.1:" + port + "/insert?events=" + events, "none", "text/plain", "");
            inserted += answer.path("events").asLong();
            nanos += answer.path("nanos").asLong();
        }
        return inserted / (nanos / 1e9);
    }

    @Override
    public void close() {
        started.close();
    }
}
