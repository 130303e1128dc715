package io.weir.posting;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.weir.local.LocalStack;
import io.weir.posting.PostingViews.Attempt;
import io.weir.posting.PostingViews.Document;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DeliveryFaultsTest {
    private Scene scene;

    @BeforeEach
    void begin(@TempDir Path directory) {
        scene = new Scene(directory);
    }

    @AfterEach
    void end() {
        scene.close();
    }

    private List<String> attempts(String posting) {
        return await(scene.queries.attempts(Scene.DEMO, posting, 100, null)).items().stream()
                .map(DeliveryFaultsTest::brief)
                .toList();
    }

    private static String brief(Attempt attempt) {
        return attempt.action() + " " + attempt.outcome();
    }

    private void oneDocumentEach(int customers) {
        List<JsonNode> documents = scene.erp.documents();
        assertEquals(customers, documents.size());
        assertEquals(
                customers,
                documents.stream()
                        .map(it -> it.path("externalId").asString())
                        .distinct()
                        .count());
    }

    @Test
    void an_answer_lost_after_the_erp_committed_is_looked_up_and_not_sent_again() {
        scene.node();
        scene.erp.fault("{'kind': 'drop_after_commit', 'count': 1}");
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        assertEquals(List.of("write ambiguous", "lookup stands"), attempts(posting));
        oneDocumentEach(1);
        assertEquals(1, scene.erp.documents().getFirst().path("writes").asInt());
        assertEquals(1, scene.erp.requests("PUT", scene.document(posting).externalId()));
    }

    @Test
    void a_request_lost_before_the_erp_committed_is_looked_up_and_then_sent_again() {
        scene.node();
        scene.erp.fault("{'kind': 'drop_before_commit', 'count': 1}");
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        assertEquals(List.of("write ambiguous", "lookup absent", "write stands"), attempts(posting));
        oneDocumentEach(1);
    }

    @Test
    void an_answer_that_comes_after_the_deadline_is_looked_up() {
        scene.node();
        scene.erp.fault("{'kind': 'delay', 'count': 1, 'delayMillis': 2500}");
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        assertEquals("write ambiguous", attempts(posting).getFirst());
        oneDocumentEach(1);
        assertEquals(1, scene.erp.documents().getFirst().path("writes").asInt());
    }

    @Test
    void throttle_answers_of_both_forms_slow_down_and_never_open_the_breaker() {
        scene.node();
        scene.erp.fault("{'kind': 'throttle', 'count': 20}");
        scene.charged(Scene.RUN, 8);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        oneDocumentEach(8);
        List<Attempt> throttled = await(scene.queries.attempts(Scene.DEMO, posting, 100, null)).items().stream()
                .filter(attempt -> "throttled".equals(attempt.outcome()))
                .toList();
        assertEquals(20, throttled.size());
        assertEquals(2, throttled.stream().map(Attempt::httpStatus).distinct().count(), "429 and 400");
        assertEquals(
                0, scene.meters.find("weir.erp.breaker.transitions").counters().size());
        assertTrue(scene.meters.get("weir.erp.concurrency").gauge().value() < 4, "the governor lowered its rate");
        assertEquals(0, scene.breaker());
    }

    @Test
    void with_the_erp_down_documents_wait_and_post_by_themselves_once_it_is_back() {
        scene.node();
        scene.erp.fault("{'kind': 'down'}");
        scene.charged(Scene.RUN, 12);
        String posting = scene.approved(Scene.RUN);
        scene.until(() -> scene.breaker() == 2, () -> "the breaker never opened");
        assertEquals("posting", scene.posting(posting).state());
        assertEquals(List.of(), scene.erp.documents());
        scene.erp.heal();
        scene.becomes(posting, "posted");
        oneDocumentEach(12);
        scene.until(() -> scene.breaker() == 0, () -> "the breaker never closed");
    }

    @Test
    void an_erp_that_refuses_connections_is_waited_for_too() {
        scene.node();
        LocalStack.shared().stopErp();
        try {
            scene.charged(Scene.RUN, 3);
            String posting = scene.approved(Scene.RUN);
            scene.until(() -> scene.breaker() == 2, () -> "the breaker never opened");
            assertTrue(
                    attempts(posting).contains("write unreached"),
                    () -> attempts(posting).toString());
        } finally {
            LocalStack.shared().startErp();
        }
        String posting = await(scene.queries.postings(Scene.DEMO, null, 1, null))
                .items()
                .getFirst()
                .id();
        scene.becomes(posting, "posted");
        oneDocumentEach(3);
    }

    @Test
    void an_erp_that_reads_but_cannot_write_is_tried_one_document_at_a_time() {
        scene.node();
        scene.erp.fault("{'kind': 'error'}");
        scene.charged(Scene.RUN, 12);
        String posting = scene.approved(Scene.RUN);
        scene.until(
                () -> scene.meters.find("weir.erp.breaker.transitions").tag("to", "open").counters().stream()
                                .mapToDouble(counter -> counter.count())
                                .sum()
                        >= 3,
                () -> "the breaker did not open again");
        long writes = attempts(posting).stream()
                .filter(attempt -> attempt.startsWith("write"))
                .count();
        assertTrue(writes <= 12, "writes: " + writes);
        scene.erp.heal();
        scene.becomes(posting, "posted");
        oneDocumentEach(12);
    }

    @Test
    void a_short_burst_of_errors_is_ridden_out() {
        scene.node();
        scene.erp.fault("{'kind': 'error', 'count': 2}");
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        assertEquals(
                List.of("write failed", "lookup absent", "write failed", "lookup absent", "write stands"),
                attempts(posting));
        oneDocumentEach(1);
    }

    @Test
    void a_closed_period_holds_the_document_until_a_person_sends_it_again() {
        scene.node();
        scene.erp.fault("{'kind': 'period_closed', 'count': 1}");
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "held");
        Document held = scene.document(posting);
        assertEquals("period_closed", held.reason());
        assertTrue(String.valueOf(held.detail()).contains("accounting period"), held.toString());
        await(scene.retry(held.externalId()));
        scene.becomes(posting, "posted");
        RefusedException refused = assertThrows(RefusedException.class, () -> await(scene.retry(held.externalId())));
        assertInstanceOf(Refusal.Conflict.class, refused.refusal());
        oneDocumentEach(1);
    }

    @Test
    void a_document_that_the_erp_rejects_holds_its_posting_and_not_the_others() {
        scene.node();
        scene.database.run("""
                insert into customer_identity (tenant, system, key, customer, revision, effective_from)
                values ('demo', 'erp', 'unknown-1', 'cust-001', 77, '-infinity')
                """);
        scene.charged(Scene.RUN, 3);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "held");
        List<Document> held = scene.posting(posting).documents().stream()
                .filter(document -> document.state().equals("held"))
                .toList();
        assertEquals(1, held.size());
        assertEquals("erp_rejected", held.getFirst().reason());
        assertTrue(String.valueOf(held.getFirst().detail()).contains("unknown-1"));
        oneDocumentEach(2);
    }

    @Test
    void a_refused_credential_opens_the_breaker_and_heals_when_it_is_exchanged() {
        scene.connect(Connections.Mode.LIVE, "wrong");
        scene.node();
        scene.charged(Scene.RUN, 2);
        String posting = scene.approved(Scene.RUN);
        scene.until(() -> scene.breaker() == 2, () -> "the breaker never opened");
        scene.connect(Connections.Mode.LIVE, scene.erp.token());
        scene.becomes(posting, "posted");
        oneDocumentEach(2);
    }

    @Test
    void a_node_that_died_between_attempt_and_outcome_is_taken_over_and_the_erp_asked_first() {
        scene.charged(Scene.RUN, 1);
        String node = scene.node();
        String posting = scene.assemble(Scene.RUN).getFirst();
        await(scene.vertx.undeploy(node));
        // What a node leaves that is killed after its request: a claim, an attempt without an outcome, and the
        // document.
        String externalId = scene.document(posting).externalId();
        scene.database.run("update posting set state = 'posting', decided_by = 'approver' where posting = $1", posting);
        scene.database.run("""
                update posting_document set state = 'sent', fence = 1, attempts = 1, due_at = now(),
                       claimed_until = now() + interval '300 milliseconds' where external_id = $1
                """, externalId);
        scene.database.run(
                "insert into posting_attempt (external_id, fence, action, started_at) values ($1, 1, 'write', now())",
                externalId);
        scene.node();
        scene.becomes(posting, "posted");
        assertEquals(List.of("write null", "lookup absent", "write stands"), attempts(posting));
        oneDocumentEach(1);
    }

    @Test
    void a_node_that_died_after_the_erp_had_the_document_is_taken_over_without_a_second_write() {
        scene.charged(Scene.RUN, 1);
        String node = scene.node();
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        await(scene.vertx.undeploy(node));
        // Back to what stood before the outcome was written.
        scene.database.run("update posting set state = 'posting' where posting = $1", posting);
        scene.database.run("update posting_attempt set outcome = null, finished_at = null");
        scene.database.run("""
                update posting_document set state = 'sent', document = null, posted_at = null, due_at = now(),
                       claimed_until = now() - interval '1 second' where posting = $1
                """, posting);
        scene.node();
        scene.becomes(posting, "posted");
        assertEquals(List.of("write null", "lookup stands"), attempts(posting));
        oneDocumentEach(1);
        assertEquals(1, scene.erp.documents().getFirst().path("writes").asInt());
    }

    @Test
    void a_database_that_dies_while_the_erp_is_answering_costs_no_document_and_doubles_none() {
        scene.node();
        scene.erp.fault("{'kind': 'delay', 'count': 4, 'delayMillis': 600}");
        scene.charged(Scene.RUN, 6);
        String posting = scene.approved(Scene.RUN);
        scene.until(() -> scene.document(posting).state().equals("sending"), () -> "nothing was sent");
        LocalStack.shared().stopPostgres();
        LocalStack.shared().startPostgres();
        scene.becomes(posting, "posted");
        oneDocumentEach(6);
    }

    @Test
    void a_slower_nodes_outcome_is_fenced_off() {
        scene.node();
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        Document document = scene.document(posting);
        Claim old = new Claim(
                document.externalId(),
                posting,
                "demo",
                0,
                1,
                "cust-001",
                "main",
                "USD",
                java.time.LocalDate.EPOCH,
                "202611",
                "corr-1",
                false);
        var pool = scene.database.pool();
        var now = java.time.Instant.now();
        var settlement = new DeliveryTable.Settlement("held", 0, null, "erp_rejected", "late");
        assertEquals(false, await(pool.withTransaction(in -> DeliveryTable.settle(in, old, settlement, now))));
        assertTrue(await(DeliveryTable.attempt(pool, old, "write", now, 100)).isEmpty());
        assertEquals("posted", scene.posting(posting).state());
    }

    @Test
    void nodes_that_race_under_all_faults_give_one_document_each() {
        WeirSettings.Posting settings = Scene.settings();
        Vertx second = Vertx.vertx();
        try {
            scene.node();
            scene.node(second, settings);
            scene.erp.fault("{'kind': 'drop_after_commit', 'probability': 0.2}");
            scene.erp.fault("{'kind': 'drop_before_commit', 'probability': 0.1}");
            scene.erp.fault("{'kind': 'throttle', 'probability': 0.1}");
            scene.erp.fault("{'kind': 'error', 'probability': 0.1}");
            scene.charged(Scene.RUN, 60);
            String posting = scene.approved(Scene.RUN);
            scene.becomes(posting, "posted");
            oneDocumentEach(60);
            for (JsonNode document : scene.erp.documents()) {
                assertEquals(1, document.path("writes").asInt(), document.toString());
            }
        } finally {
            await(second.close());
        }
    }
}
