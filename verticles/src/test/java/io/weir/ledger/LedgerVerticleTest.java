package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.buffer.Buffer;
import io.weir.local.LocalStack;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.Heartbeat;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.RecordedReceipts;
import io.weir.schemas.UsageLog;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LedgerVerticleTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e473";
    private static final InstantSource TIME = InstantSource.system();
    private static final String NODE = "node-7";

    private final String topic = "usage-" + Long.toHexString(System.nanoTime());
    private final String kafka = LocalStack.shared().kafka();
    private final WeirSettings settings = Scene.settings(Map.of(
            "WEIR_KAFKA_TOPIC", topic,
            "WEIR_KAFKA_PARTITIONS", "4",
            "WEIR_LEDGER_LAG_MILLIS", "20",
            "WEIR_LEDGER_RETRY_MILLIS", "50",
            "WEIR_LEDGER_MAX_RETRY_MILLIS", "200"));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Scene scene = new Scene();
    private KafkaProducer<String, byte[]> producer;

    @BeforeEach
    void topic() throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(List.of(new NewTopic(topic, 4, (short) 1))).all().get();
        }
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka, "acks", "all"), new StringSerializer(), new ByteArraySerializer());
    }

    @AfterEach
    void close() {
        producer.close();
        scene.close();
    }

    @Test
    void what_is_in_the_log_is_recorded_and_who_waits_is_told() throws Exception {
        LinkedBlockingQueue<RecordedReceipts> told = new LinkedBlockingQueue<>();
        scene.vertx
                .eventBus()
                .<Buffer>consumer(
                        RecordedReceipts.address(NODE), message -> told.add(RecordedReceipts.decode(message.body())));
        loop(scene, 0);
        for (int i = 0; i < 300; i++) {
            send("e-" + i % 250, "ws-%03d".formatted(1 + i % 250 % 100), 1, i);
        }
        String old = Events.json("old", "ws-001", 1).replace("2026-11-20", "2026-09-20");
        send(old, "ws-001", 300);
        Map<Integer, ReceiptStatus> receipts = new HashMap<>();
        while (receipts.size() < 301) {
            RecordedReceipts message = told.poll(30, TimeUnit.SECONDS);
            assertNotNull(message, () -> "only " + receipts.size() + " receipts");
            assertFalse(message.customers().isEmpty()
                    && message.receipts().stream().anyMatch(item -> item.status() == ReceiptStatus.RECORDED));
            message.receipts().forEach(item -> {
                assertEquals(4711, item.token());
                receipts.put(item.index(), item.status());
            });
        }
        for (int i = 0; i < 300; i++) {
            assertEquals(i < 250 ? ReceiptStatus.RECORDED : ReceiptStatus.DUPLICATE, receipts.get(i));
        }
        assertEquals(ReceiptStatus.ACCEPTED, receipts.get(300), "it is too late, and nobody need wait for it");
        assertEquals(
                1, meters.counter("weir.ledger.events", "outcome", "too_late").count());
        assertEquals(new BigDecimal(250), scene.outputTokens());
        assertEquals(
                TRACE + "7|7|2026-11-20 09:59:59.000001",
                scene.one("select concat_ws('|', correlation, schema_version, received_at at time zone 'UTC')"
                        + " from entry where id = 'e-7'"));
        assertEquals(
                250, meters.counter("weir.ledger.events", "outcome", "recorded").count());
    }

    @Test
    void an_event_that_cannot_be_stored_is_found_by_halving_and_hinders_no_other() throws Exception {
        scene.database.run("alter table entry_row add constraint no_poison check (id not like 'poison%')");
        for (int i = 0; i < 100; i++) {
            send(i % 40 == 7 ? "poison-" + i : "e-" + i, "ws-001", 1, i);
        }
        loop(scene, 0);
        scene.until("select sum(next_offset) = 100 from ledger_progress where topic = '" + topic + "'");
        assertEquals(97, scene.count("from entry"));
        assertEquals(new BigDecimal(97), scene.outputTokens());
        assertEquals(
                List.of("poison-47", "poison-7", "poison-87"),
                scene.column("select convert_from(payload, 'UTF8')::jsonb->>'id' as id from ledger_exception"
                        + " where reason = 'unreadable' and tenant = 'demo' order by id"));
        send("after", "ws-001", 1, 0);
        scene.until("select count(*) = 98 from entry");
    }

    @Test
    void what_arrives_while_postgres_is_away_is_recorded_once_when_it_is_back() throws Exception {
        Queue<Instant> counted = listen();
        loop(scene, 0);
        loop(scene, 1);
        lag();
        for (int i = 0; i < 100; i++) {
            send("e-" + i, "ws-001", 1, i);
        }
        scene.until("select count(*) = 100 from entry");
        Instant stopped;
        LocalStack.shared().stopPostgres();
        try {
            stopped = TIME.instant();
            for (int i = 50; i < 200; i++) {
                send("e-" + i, "ws-001", 1, i);
            }
        } finally {
            LocalStack.shared().startPostgres();
        }
        Instant acked = TIME.instant();
        scene.until("select sum(next_offset) = 250 from ledger_progress where topic = '" + topic + "'");
        assertEquals(200, scene.count("from entry"));
        assertEquals(new BigDecimal(200), scene.outputTokens());
        assertEquals(50, scene.tally("duplicates"));
        assertTrue(stopped.isBefore(acked));
        passes(counted, acked);
    }

    @Test
    void a_ledger_that_is_behind_the_offsets_reads_again_what_it_lacks() throws Exception {
        for (int i = 0; i < 60; i++) {
            send("e-" + i, "ws-%03d".formatted(1 + i), 1, i);
        }
        String loop = loop(scene, 0);
        scene.until("select count(*) = 60 from entry");
        await(scene.vertx.undeploy(loop));
        try (Scene restored = new Scene()) {
            loop(restored, 0);
            restored.until("select count(*) = 60 from entry");
            assertEquals(new BigDecimal(60), restored.outputTokens());
            send("e-1", "ws-002", 1, 0);
            restored.until("select sum(duplicates) = 1 from ledger_progress");
        }
    }

    @Test
    void a_loop_that_ends_hands_its_partitions_on_and_nothing_is_counted_twice() throws Exception {
        String first = loop(scene, 0);
        for (int i = 0; i < 500; i++) {
            send("e-" + i, "ws-%03d".formatted(1 + i % 100), 1, i);
            if (i == 200) {
                loop(scene, 1);
            }
            if (i == 300) {
                await(scene.vertx.undeploy(first));
            }
        }
        scene.until("select sum(next_offset) = 500 from ledger_progress where topic = '" + topic + "'");
        assertEquals(500, scene.count("from entry"));
        assertEquals(new BigDecimal(500), scene.outputTokens());
        assertEquals(0, scene.tally("duplicates"));
    }

    @Test
    void as_of_never_passes_an_event_that_is_not_counted() throws Exception {
        Queue<Instant> counted = listen();
        await(scene.database
                .pool()
                .preparedQuery(LedgerTable.START_PROGRESS)
                .execute(io.vertx.sqlclient.Tuple.of(topic, 4)));
        lag();
        passes(counted, TIME.instant());
        send("e", "ws-001", 1, 0);
        Instant acked = TIME.instant();
        for (int looks = 0; looks < 10; looks++) {
            Instant told = next(counted);
            assertFalse(told.isAfter(acked), () -> told + " is told, although an event of " + acked + " waits");
        }
        loop(scene, 0);
        passes(counted, acked);
        assertEquals(1, scene.count("from entry"));
    }

    @Test
    void as_of_never_passes_what_a_node_holds_outside_of_the_log() {
        Queue<Instant> counted = listen();
        await(scene.database
                .pool()
                .preparedQuery(LedgerTable.START_PROGRESS)
                .execute(io.vertx.sqlclient.Tuple.of(topic, 4)));
        lag();
        passes(counted, TIME.instant());
        spilled(Optional.of(TIME.instant()));
        Instant noted = TIME.instant();
        for (int looks = 0; looks < 10; looks++) {
            Instant told = next(counted);
            assertFalse(told.isAfter(noted), () -> told + " is told, although a node holds events since " + noted);
        }
        spilled(Optional.empty());
        passes(counted, noted);
    }

    private void spilled(Optional<Instant> oldest) {
        await(Addresses.NOTE_SPILLED.ask(scene.vertx.eventBus(), new Commands.NoteSpilled("node-0", oldest), 5_000));
    }

    private Queue<Instant> listen() {
        Queue<Instant> counted = new ConcurrentLinkedQueue<>();
        Addresses.COUNTED_UP_TO.listen(scene.vertx.eventBus(), counted::add);
        return counted;
    }

    /** Waits until the instant is passed, and sees that what is told never goes back. */
    private static void passes(Queue<Instant> counted, Instant instant) {
        Instant last = Instant.MIN;
        while (!last.isAfter(instant)) {
            Instant told = next(counted);
            assertFalse(told.isBefore(last));
            last = told;
        }
    }

    private static Instant next(Queue<Instant> counted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < deadline) {
            Instant told = counted.poll();
            if (told != null) {
                return told;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("nothing was told");
    }

    private void lag() {
        await(scene.vertx.deployVerticle(new LagVerticle(
                scene.database.pool(),
                Map.of("bootstrap.servers", kafka),
                settings.kafka(),
                settings.ledger(),
                TIME,
                new LedgerMeters(meters),
                late -> {})));
    }

    private String loop(Scene on, int number) {
        Map<String, String> config = new HashMap<>();
        config.put("bootstrap.servers", kafka);
        config.put("key.deserializer", StringDeserializer.class.getName());
        config.put("value.deserializer", ByteArrayDeserializer.class.getName());
        config.put("group.id", "group-" + topic);
        config.put("client.id", "loop-" + number);
        config.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.StickyAssignor");
        config.put("enable.auto.commit", "false");
        config.put("auto.offset.reset", "earliest");
        config.put("max.poll.records", "64");
        return on.deploy(new LedgerVerticle(
                on.database.pool(),
                config,
                settings.kafka(),
                settings.ledger(),
                settings.meters(),
                on.clock,
                new Heartbeat("ledger-" + number, TIME),
                new LedgerMeters(meters)));
    }

    /** Puts an event into the log as the front door does, and waits until it is there. */
    private void send(String id, String subject, long tokens, int index) throws Exception {
        send(Events.json(id, subject, tokens), subject, index);
    }

    private void send(String event, String subject, int index) throws Exception {
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(topic, UsageLog.key(Events.DEMO, subject), event.getBytes(StandardCharsets.UTF_8));
        UsageLog.Context context = new UsageLog.Context(
                Events.RECEIVED, 7, TRACE + index, Optional.of(new UsageLog.Reply(NODE, 4711, index)));
        record.headers().add(UsageLog.CONTEXT, context.encode());
        producer.send(record).get();
    }
}
