package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.local.LocalStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A node whose Kafka goes away: what a tier that spills is answered, and that all of it gets there, once and in order. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SpillTest {
    private static final String ACCEPTED = "accepted=%d recorded=0 duplicates=0 conflicts=0 rejected=0";

    private final KafkaLink link = new KafkaLink();
    private LocalStack stack;
    private RunningNode node;
    private String spills;

    @BeforeAll
    void start() throws SQLException {
        stack = LocalStack.startBehind(link.port());
        link.to(stack.kafkaPort());
        node = RunningNode.start(Map.of(
                "WEIR_KAFKA_BOOTSTRAP_SERVERS", stack.kafka(),
                "WEIR_KAFKA_DELIVERY_TIMEOUT_MILLIS", "3000",
                "WEIR_INGEST_RECORDED_TIMEOUT_MILLIS", "500",
                "WEIR_SPILL_AFTER_MILLIS", "1000",
                "WEIR_SPILL_MAX_BYTES", "100000",
                "WEIR_SPILL_SEGMENT_BYTES", "4096",
                "WEIR_SPILL_RETRY_MILLIS", "100"));
        assertEquals(
                201,
                node.call("admin", "PUT", "/v1/access-tiers/spilling", Map.of("kafkaAway", "spill"))
                        .status());
        spills = node.newKey("spilling", "usage:write", "usage:read");
    }

    @AfterEach
    void whole() {
        link.mend();
        Eventually.holds("nothing is left", this::degraded, List::isEmpty);
    }

    @AfterAll
    void leave_nothing_running() {
        node.close();
        stack.close();
        link.close();
    }

    @Test
    void events_are_kept_while_the_log_is_away_said_to_be_and_recorded_in_order_when_it_is_back() throws SQLException {
        List<String> sent = new ArrayList<>();
        sent.add(one("ws-001", 202, false));
        link.cut();
        // The first one waits for the log; it and all that is under way goes over together.
        List<CompletableFuture<Reply>> first = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            List<ObjectNode> events = Events.events("ws-002", 3);
            first.add(CompletableFuture.supplyAsync(() -> node.postAs(spills, events, "accepted")));
        }
        for (CompletableFuture<Reply> answer : first) {
            assertEquals(202, answer.join().status());
            assertLocal(answer.join(), 3);
        }
        for (int i = 0; i < 20; i++) {
            sent.add(one("ws-001", 202, true));
        }
        Reply waited = node.postAs(spills, Events.events("ws-003", 2), "recorded");
        assertEquals(202, waited.status(), waited.toString());
        assertLocal(waited, 2);
        assertEquals(503, node.post(Events.events("ws-001", 1), "accepted").status(), "a tier that does not spill");

        Reply ready = node.management("/health/ready");
        assertEquals(200, ready.status());
        assertTrue(degraded().contains("spill"), ready.toString());
        assertTrue(node.metric("weir_spill_held_bytes").signum() > 0);
        assertTrue(node.metric("weir_spill_age_seconds").signum() > 0);

        link.mend();
        whole();
        sent.add(one("ws-001", 202, false));
        assertOrder("ws-001", sent);
        assertEquals(0, node.metric("weir_spill_held_bytes").signum());
        assertTrue(node.metric("weir_spill_events_total{outcome=\"drained\"}").intValue() >= 37);
    }

    @Test
    void a_full_journal_is_503_and_takes_events_again_when_it_is_drained() {
        link.cut();
        int kept = 0;
        Reply answer = node.postAs(spills, Events.events("ws-004", 50), "accepted");
        for (; answer.status() == 202 && kept < 100; kept++) {
            answer = node.postAs(spills, Events.events("ws-004", 50), "accepted");
        }
        assertTrue(kept > 1, answer.toString());
        assertEquals(503, answer.status(), answer.toString());
        assertTrue(answer.body().contains("as many events as it may"), answer.body());
        assertTrue(Integer.parseInt(answer.header("retry-after")) >= 1);
        whole();
        one("ws-004", 202, false);
    }

    @Test
    void a_disk_that_fails_is_503_and_not_ready_until_it_is_mended() throws IOException {
        Path journal = node.dataDirectory().resolve("spill-0");
        Path away = node.dataDirectory().resolve("away");
        link.cut();
        Files.move(journal, away);
        try {
            Reply refused = node.postAs(spills, Events.events("ws-005", 1), "accepted");
            assertEquals(503, refused.status(), refused.toString());
            assertEquals(503, node.management("/health/ready").status());
            assertTrue(degraded().contains("spill-disk"));
        } finally {
            Files.move(away, journal);
        }
        Eventually.holds("ready again", () -> node.management("/health/ready").status(), status -> status == 200);
        one("ws-005", 202, true);
    }

    @Test
    void a_log_that_flaps_keeps_the_order_of_each_subject_and_loses_nothing()
            throws SQLException, InterruptedException {
        List<CompletableFuture<List<String>>> subjects = new ArrayList<>();
        for (int subject = 6; subject < 9; subject++) {
            String name = "ws-00" + subject;
            subjects.add(CompletableFuture.supplyAsync(() -> sequence(name, Duration.ofSeconds(4))));
        }
        long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
        for (int i = 0; System.nanoTime() < end; i++) {
            link.cut();
            new java.util.concurrent.CountDownLatch(1)
                    .await(i % 3 == 0 ? 1_300 : 150, java.util.concurrent.TimeUnit.MILLISECONDS);
            link.mend();
            new java.util.concurrent.CountDownLatch(1).await(350, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
        whole();
        for (int subject = 6; subject < 9; subject++) {
            List<String> sent = subjects.get(subject - 6).join();
            assertTrue(sent.size() > 5, sent.toString());
            assertOrder("ws-00" + subject, sent);
        }
    }

    @Test
    void what_a_node_leaves_in_its_journal_its_next_life_drains() throws SQLException {
        link.cut();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sent.add(one("ws-009", 202, true));
        }
        node.stop();
        link.mend();
        node = node.restart();
        whole();
        assertOrder("ws-009", sent);
    }

    /** Posts one event after the other, each when the one before is answered; the ids of those that were taken. */
    private List<String> sequence(String subject, Duration time) {
        List<String> taken = new ArrayList<>();
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            ObjectNode event = Events.event(subject);
            Reply answer = node.postAs(spills, List.of(event), "accepted");
            if (answer.status() == 202) {
                taken.add(Events.id(event));
            }
        }
        return taken;
    }

    private String one(String subject, int status, boolean local) {
        ObjectNode event = Events.event(subject);
        Reply answer = node.postAs(spills, List.of(event), "accepted");
        assertEquals(status, answer.status(), answer.toString());
        if (local) {
            assertLocal(answer, 1);
        } else {
            assertTrue(answer.json().get("receipts").isEmpty(), answer.toString());
        }
        return Events.id(event);
    }

    private static void assertLocal(Reply answer, int events) {
        assertEquals(ACCEPTED.formatted(events), answer.counts());
        assertEquals(events, answer.json().get("receipts").size());
        for (JsonNode receipt : answer.json().get("receipts")) {
            assertEquals("accepted", receipt.get("status").stringValue());
            assertEquals("local", receipt.get("durability").stringValue());
        }
    }

    private List<String> degraded() {
        List<String> parts = new ArrayList<>();
        node.management("/health/ready")
                .json()
                .get("degraded")
                .forEach(part -> parts.add(part.get("part").stringValue()));
        return parts;
    }

    /** The events of a subject stand in the ledger once each, in the order in which they were sent one after the other. */
    private void assertOrder(String subject, List<String> sent) throws SQLException {
        List<String> recorded = Eventually.holds(
                "all are recorded",
                () -> recorded(subject),
                found -> found.size() >= sent.size() && found.containsAll(sent));
        recorded.retainAll(sent);
        assertEquals(sent, recorded);
    }

    private List<String> recorded(String subject) {
        try (Connection sql = node.database();
                Statement statement = sql.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select id from entry where subject = '" + subject + "' order by log_partition, log_offset")) {
            List<String> ids = new ArrayList<>();
            while (rows.next()) {
                ids.add(rows.getString(1));
            }
            return ids;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
