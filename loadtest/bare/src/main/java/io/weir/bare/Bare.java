package io.weir.bare;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.kafka.client.producer.KafkaProducer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Starts the bare process; prints {@code bare ready <port>} when it can serve, and ends with its parent or a signal. */
public final class Bare {
    private Bare() {}

    public static void main(String[] arguments) throws Exception {
        Arguments settings = Arguments.parse(arguments);
        makeTopic(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteTopic(settings), "delete-topic"));
        int eventLoops = settings.number("eventLoops");
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(eventLoops));
        KafkaProducer<byte[], byte[]> producer = KafkaProducer.create(vertx, producerConfig(settings));
        producer.unwrap().partitionsFor(settings.text("topic"));
        KafkaHandlers kafka = new KafkaHandlers(producer.unwrap(), settings.text("topic"));
        LedgerInsert insert = LedgerInsert.prepare(vertx, settings);
        int port = freePort();
        vertx.deployVerticle(
                        () -> new BareServer(port, kafka, insert), new DeploymentOptions().setInstances(eventLoops))
                .await(30, TimeUnit.SECONDS);
        System.out.println("bare ready " + port);
        endWithParent();
    }

    private static Map<String, String> producerConfig(Arguments settings) {
        Map<String, String> config = new HashMap<>();
        config.put("bootstrap.servers", settings.text("kafka"));
        config.put("key.serializer", ByteArraySerializer.class.getName());
        config.put("value.serializer", ByteArraySerializer.class.getName());
        config.put("acks", "all");
        config.put("enable.idempotence", "true");
        config.put("linger.ms", settings.text("lingerMillis"));
        config.put("batch.size", settings.text("batchBytes"));
        config.put("buffer.memory", settings.text("bufferBytes"));
        config.put("compression.type", settings.text("compression"));
        config.put("enable.metrics.push", "false");
        return config;
    }

    private static void makeTopic(Arguments settings) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.text("kafka")))) {
            NewTopic topic = new NewTopic(
                            settings.text("topic"), Optional.of(settings.number("partitions")), Optional.of((short) 1))
                    .configs(Map.of("file.delete.delay.ms", "100"));
            admin.createTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);
        }
    }

    /** Gives the disk back, which a next phase needs. */
    private static void deleteTopic(Arguments settings) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                settings.text("kafka"),
                "request.timeout.ms",
                "2000",
                "default.api.timeout.ms",
                "2000");
        try (Admin admin = Admin.create(config)) {
            admin.deleteTopics(List.of(settings.text("topic"))).all().get(2, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException gone) {
            // the broker has ended before this process: its directory is thrown away
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static int freePort() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Standard input ends when the benchmark does, however it ends. */
    private static void endWithParent() {
        Thread.ofPlatform().daemon().name("parent").start(() -> {
            try {
                while (System.in.read() >= 0) {
                    // nothing is ever said; only the end matters
                }
            } catch (java.io.IOException gone) {
                // the same end
            }
            System.exit(0);
        });
    }
}
