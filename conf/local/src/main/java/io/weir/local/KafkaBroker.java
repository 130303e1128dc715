package io.weir.local;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * One Kafka broker and controller (KRaft) in this process.
 *
 * <p>What it acknowledges is in the page cache of its one log directory: it survives {@code kill -9} of the process,
 * not the loss of the machine. A fatal fault inside ends the process through Kafka's own exit procedure.
 */
final class KafkaBroker {
    private final Path directory;
    private final int port;
    private final int controllerPort;
    private final int advertisedPort;
    private @Nullable KafkaRaftServer server;

    /** @param advertisedPort where clients are told to connect: the broker's own port, or that of a proxy before it */
    KafkaBroker(Path directory, int port, int controllerPort, int advertisedPort) {
        this.directory = directory;
        this.port = port;
        this.controllerPort = controllerPort;
        this.advertisedPort = advertisedPort;
    }

    String bootstrap() {
        return "127.0.0.1:" + advertisedPort;
    }

    synchronized void start() throws IOException {
        format();
        KafkaRaftServer starting = new KafkaRaftServer(new KafkaConfig(settings(), false), Time.SYSTEM);
        server = starting;
        starting.startup();
    }

    synchronized void stop() {
        KafkaRaftServer current = server;
        if (current != null) {
            current.shutdown();
            current.awaitShutdown();
            server = null;
        }
    }

    /** Gives the log directory its identity (meta.properties) and the newest metadata format, once. */
    private void format() throws IOException {
        Files.createDirectories(directory);
        if (Files.exists(directory.resolve("meta.properties"))) {
            return;
        }
        try (PrintStream silent = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(silent)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setNodeId(1)
                    .addDirectory(directory.toString())
                    .setMetadataLogDirectory(directory.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setIgnoreFormatted(true)
                    .run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("Kafka's log directory " + directory + " could not be formatted", e);
        }
    }

    private Properties settings() {
        Properties settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listeners", "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + advertisedPort);
        settings.put("log.dirs", directory.toString());
        // Topics are made on purpose, with their settings; a typing mistake makes none.
        settings.put("auto.create.topics.enable", "false");
        settings.put("group.initial.rebalance.delay.ms", "0");
        // After a kill the controller waits this long until it believes that the broker before is gone.
        settings.put("broker.session.timeout.ms", "2500");
        settings.put("broker.heartbeat.interval.ms", "500");
        // One broker: every internal topic has one replica, and few partitions to open at a start.
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "8");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        // A small machine and a small heap; the cleaner's default buffer alone is 128 MB.
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        settings.put("background.threads", "2");
        settings.put("num.recovery.threads.per.data.dir", "2");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
        settings.put("log.cleaner.io.buffer.size", Integer.toString(256 << 10));
        return settings;
    }
}
