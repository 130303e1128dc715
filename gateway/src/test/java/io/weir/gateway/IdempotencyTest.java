package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that are sent again with the same Idempotency-Key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IdempotencyTest {
    private static final String RUNS = "/v1/billing-runs";
    private static final String SPAN = "{\"from\": \"2026-01-01T00:00:00Z\", \"to\": \"2026-01-02T00:00:00Z\"}";
    private static final String OTHER = "{\"from\": \"2026-01-01T00:00:00Z\", \"to\": \"2026-01-03T00:00:00Z\"}";

    private final RunningNode weir = RunningNode.start(Map.of(
            "WEIR_IDEMPOTENCY_HOUSEKEEPING_MILLIS", "200",
            "WEIR_IDEMPOTENCY_DELETE_BATCH", "2",
            "WEIR_IDEMPOTENCY_MAX_ANSWER_BYTES", "300"));

    @AfterAll
    void leave_nothing_running() {
        weir.close();
    }

    private Reply run(String role, String key, String body) {
        return weir.call(role, "POST", RUNS, body, "Idempotency-Key", key);
    }

    private static String fresh() {
        return UUID.randomUUID().toString();
    }

    @Test
    void the_same_command_is_run_once_and_answered_again() {
        String key = fresh();
        Reply first = run("finance", "\"" + key + "\"", SPAN);
        Reply second = run("finance", key, SPAN);
        assertEquals(200, first.status(), first::toString);
        assertEquals("", first.header("Idempotency-Replayed"));
        assertEquals("true", second.header("Idempotency-Replayed"));
        assertEquals(first.body(), second.body());
        assertEquals(first.header("Content-Type"), second.header("Content-Type"));
        assertNotEquals(first.header("X-Correlation-Id"), second.header("X-Correlation-Id"), "an answer of its own");
        assertEquals(
                1,
                weir.get("admin", "/v1/audit?object=" + first.json().path("id").asString())
                        .json()
                        .path("items")
                        .size());
    }

    @Test
    void without_a_key_each_is_run() {
        Reply first = weir.call("finance", "POST", RUNS, SPAN);
        Reply second = weir.call("finance", "POST", RUNS, SPAN);
        assertNotEquals(first.body(), second.body());
    }

    @Test
    void another_request_with_the_key_is_refused() {
        String key = fresh();
        assertEquals(200, run("finance", key, SPAN).status());
        Reply other = run("finance", key, OTHER);
        assertEquals(422, other.status());
        assertEquals(
                "/problems/idempotency-key-reused", other.json().path("type").asString());
        assertEquals("true", run("finance", key, SPAN).header("Idempotency-Replayed"), "the first one stands");
    }

    @Test
    void a_key_belongs_to_its_principal() {
        String key = fresh();
        Reply finance = run("finance", key, SPAN);
        Reply admin = run("admin", key, OTHER);
        assertEquals(200, admin.status(), admin::toString);
        assertNotEquals(finance.body(), admin.body());
        assertEquals(200, run("other", key, OTHER).status(), "another tenant");
    }

    @Test
    void a_refusal_of_the_command_is_answered_again_and_one_before_it_uses_up_no_key() {
        String key = fresh();
        String path = "/v1/exceptions/P-none/retry";
        Reply first = weir.call("finance", "POST", path, null, "Idempotency-Key", key);
        Reply second = weir.call("finance", "POST", path, null, "Idempotency-Key", key);
        assertEquals(404, first.status());
        assertEquals(404, second.status());
        assertEquals("true", second.header("Idempotency-Replayed"));
        String unused = fresh();
        assertEquals(422, run("finance", unused, "{}").status());
        assertEquals(403, run("backend", unused, SPAN).status());
        assertEquals(200, run("finance", unused, SPAN).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"open", "\"\"", "\"a\\b\"", "\"a\"b\"", "\"a\";x=1", "a\tb"})
    void a_malformed_key_is_told(String key) {
        Reply reply = run("finance", key, SPAN);
        assertEquals(400, reply.status(), reply::toString);
        assertEquals("/problems/malformed-header", reply.json().path("type").asString());
    }

    @Test
    void a_key_has_255_characters_at_most_and_stands_once() {
        assertEquals(200, run("finance", "k".repeat(255), SPAN).status());
        assertEquals(400, run("finance", "k".repeat(256), SPAN).status());
        Reply twice = weir.call("finance", "POST", RUNS, SPAN, "Idempotency-Key", "a", "Idempotency-Key", "a");
        assertEquals(400, twice.status());
    }

    @Test
    void of_many_at_once_one_is_run() {
        String key = fresh();
        List<CompletableFuture<Reply>> all = IntStream.range(0, 12)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> run("finance", key, SPAN)))
                .toList();
        List<Reply> replies = all.stream().map(CompletableFuture::join).toList();
        assertEquals(
                1,
                replies.stream()
                        .filter(reply -> reply.status() == 200
                                && reply.header("Idempotency-Replayed").isEmpty())
                        .count());
        for (Reply reply : replies) {
            if (reply.status() == 409) {
                assertEquals(
                        "/problems/still-running", reply.json().path("type").asString());
                assertTrue(Integer.parseInt(reply.header("Retry-After")) >= 1);
            } else {
                assertEquals(200, reply.status(), reply::toString);
            }
        }
        assertEquals("true", run("finance", key, SPAN).header("Idempotency-Replayed"));
    }

    /** What a node leaves that died between the act and the answer. */
    @Test
    void a_command_whose_outcome_is_not_known_is_run_again_once_its_claim_ran_out() throws SQLException {
        String key = fresh();
        Reply first = run("finance", key, SPAN);
        change(
                "update idempotency set status = null, body = null, claimed_until = now() + interval '1 hour' where key = ?",
                key);
        Reply running = run("finance", key, SPAN);
        assertEquals(409, running.status());
        assertEquals("5", running.header("Retry-After"));
        assertEquals(422, run("finance", key, OTHER).status(), "it stands for its request all the same");
        change("update idempotency set claimed_until = now() - interval '1 second' where key = ?", key);
        Reply again = run("finance", key, SPAN);
        assertEquals(200, again.status());
        assertEquals("", again.header("Idempotency-Replayed"), "it was run, and says so");
        assertNotEquals(first.body(), again.body());
        assertEquals(again.body(), run("finance", key, SPAN).body());
    }

    @Test
    void answers_past_their_keeping_are_deleted_in_batches_and_their_keys_free() throws SQLException {
        String old = fresh();
        Reply first = run("finance", old, SPAN);
        for (int i = 0; i < 5; i++) {
            change("update idempotency set claimed_at = now() - interval '2 days' where key = ?", old);
            Reply again = run("finance", old, OTHER);
            assertEquals(200, again.status(), again::toString);
            assertNotEquals(first.body(), again.body());
        }
        for (int i = 0; i < 5; i++) {
            run("finance", "old-" + i, SPAN);
        }
        change("update idempotency set claimed_at = now() - interval '2 days' where key like ?", "old-%");
        Eventually.holds("they are gone", () -> count("old-%"), left -> left == 0);
        assertTrue(weir.metric("weir_idempotency_forgotten_total").intValue() >= 5);
        assertTrue(weir.metric("weir_idempotency_commands_total{outcome=\"first\"}")
                        .intValue()
                >= 5);
    }

    @Test
    void a_restarted_node_ends_the_claims_that_it_held() throws SQLException {
        RunningNode own = RunningNode.start(Map.of());
        try {
            String key = fresh();
            own.call("finance", "POST", RUNS, SPAN, "Idempotency-Key", key);
            try (Connection sql = own.database();
                    PreparedStatement update = sql.prepareStatement(
                            "update idempotency set status = null, claimed_until = now() + interval '1 hour'")) {
                update.executeUpdate();
            }
            assertEquals(
                    409,
                    own.call("finance", "POST", RUNS, SPAN, "Idempotency-Key", key)
                            .status());
            own = own.restart();
            assertEquals(
                    200,
                    own.call("finance", "POST", RUNS, SPAN, "Idempotency-Key", key)
                            .status());
        } finally {
            own.close();
        }
    }

    @Test
    void an_answer_that_is_too_large_is_not_told_again() {
        String subscriptions =
                IntStream.range(0, 3).mapToObj(i -> "\"s" + i + "\"").toList().toString();
        String path = "/v1/postings/" + "p".repeat(120) + "/approval";
        String body = "{\"decision\": \"approve\"}";
        String key = fresh() + subscriptions.length();
        Reply first = weir.call("approver", "POST", path, body, "Idempotency-Key", key);
        Reply second = weir.call("approver", "POST", path, body, "Idempotency-Key", key);
        assertEquals(404, first.status());
        assertTrue(Buffer.buffer(first.body()).length() > 300, first::toString);
        assertEquals(409, second.status(), second::toString);
        assertEquals("/problems/answer-not-kept", second.json().path("type").asString());
    }

    @Test
    void a_key_that_was_made_is_not_told_again_and_not_made_again() {
        String key = fresh();
        String body =
                "{\"name\": \"told once\", \"principal\": \"told-once\", \"kind\": \"service\", \"scopes\": [\"usage:read\"]}";
        Reply first = weir.call("admin", "POST", "/v1/api-keys", body, "Idempotency-Key", key);
        assertEquals(201, first.status(), first::toString);
        Reply second = weir.call("admin", "POST", "/v1/api-keys", body, "Idempotency-Key", key);
        assertEquals(409, second.status(), second::toString);
        assertEquals("/problems/answer-not-kept", second.json().path("type").asString());
        String secret = first.json().path("key").asString();
        assertTrue(!secret.isEmpty() && !second.body().contains(secret), second::toString);
        Reply made = weir.get("admin", "/v1/api-keys?principal=told-once");
        assertEquals(1, made.json().path("items").size(), made::toString);
    }

    private void change(String sql, String key) throws SQLException {
        try (Connection database = weir.database();
                PreparedStatement statement = database.prepareStatement(sql)) {
            statement.setString(1, key);
            statement.executeUpdate();
        }
    }

    private int count(String keys) {
        try (Connection database = weir.database();
                PreparedStatement statement =
                        database.prepareStatement("select count(*) from idempotency where key like ?")) {
            statement.setString(1, keys);
            var rows = statement.executeQuery();
            rows.next();
            return rows.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
