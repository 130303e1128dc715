package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.policies.ApiKey;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** OWASP API2:2023: a credential is what was given out, for as long as it holds, on every node; nothing near it is. */
class BrokenAuthenticationTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final String ASKED = "/v1/meters";

    private final RunningNode weir = RunningNode.shared();

    @Test
    void only_a_hash_of_a_key_is_kept_and_it_is_shown_once() throws SQLException {
        JsonNode made = made(weir, Map.of("name", "kept", "scopes", List.of("catalog:read")));
        ApiKey key = ApiKey.parse(made.get("key").stringValue()).orElseThrow();
        assertTrue(key.secret().length() * 6 >= 256, key.toString());
        try (Connection sql = weir.database();
                Statement statement = sql.createStatement();
                ResultSet row = statement.executeQuery(
                        "select k::text || coalesce((select string_agg(a::text, ' ') from audit_entry a), '')"
                                + " from api_key k where key_id = '" + key.id() + "'")) {
            assertTrue(row.next());
            assertFalse(row.getString(1).contains(key.secret()));
        }
        for (String path : List.of("/v1/api-keys/" + key.id(), "/v1/api-keys?limit=1000")) {
            Reply answer = weir.get("admin", path);
            assertEquals(200, answer.status(), answer.toString());
            assertTrue(answer.body().contains(key.id()), path);
            assertFalse(answer.body().contains(key.secret()), path);
        }
    }

    @Test
    void what_is_near_a_key_is_no_key() {
        ApiKey key = ApiKey.parse(weir.key("admin")).orElseThrow();
        String secret = key.secret();
        for (String near : List.of(
                new ApiKey("other", key.id(), secret.substring(1)).text(),
                new ApiKey("local", key.id(), secret + "A").text(),
                new ApiKey("local", key.id(), secret.toLowerCase(java.util.Locale.ROOT)).text(),
                new ApiKey("local", key.id().substring(1), secret).text(),
                new ApiKey("local", key.id(), "").text(),
                "weir_local_" + key.id(),
                key.text() + "," + key.text())) {
            assertEquals(401, status(weir, near), near);
        }
    }

    @Test
    void a_key_past_its_time_is_refused() {
        String soon = java.time.Instant.now().plusMillis(1_500).toString();
        String key = made(weir, Map.of("name", "brief", "scopes", List.of("catalog:read"), "expiresAt", soon))
                .get("key")
                .stringValue();
        assertEquals(200, status(weir, key));
        Eventually.holds("it ends", () -> status(weir, key), status -> status == 401);
        Reply past = weir.call(
                "admin",
                "POST",
                "/v1/api-keys",
                Map.of("name", "past", "scopes", List.of("catalog:read"), "expiresAt", "2020-01-01T00:00:00Z"));
        assertEquals(422, past.status(), past.toString());
    }

    @Test
    void keys_begin_change_over_and_end_on_every_node_within_a_second() {
        try (RunningNode one = RunningNode.start(Map.of("WEIR_LEDGER_LOOPS", "0"));
                RunningNode two = one.second()) {
            JsonNode made = made(one, Map.of("name", "everywhere", "scopes", List.of("catalog:read")));
            String first = made.get("key").stringValue();
            assertEquals(200, status(one, first));
            Eventually.within(SECOND, "known to the other", () -> status(two, first), status -> status == 200);

            JsonNode next = rotated(one, made.get("id").stringValue(), "PT2S");
            String second = next.get("key").stringValue();
            assertEquals(made.get("id").stringValue(), next.get("rotatedFrom").stringValue());
            assertEquals(200, status(one, second));
            Eventually.within(SECOND, "known to the other", () -> status(two, second), status -> status == 200);
            Eventually.within(
                    Duration.ofSeconds(3), "the overlap ends", () -> status(two, first), status -> status == 401);

            JsonNode third = rotated(one, next.get("id").stringValue(), "PT0S");
            assertEquals(401, status(one, second));
            Eventually.within(SECOND, "ended on the other", () -> status(two, second), status -> status == 401);

            String last = third.get("key").stringValue();
            assertEquals(200, status(two, last));
            Reply revoked = one.call(
                    "admin", "DELETE", "/v1/api-keys/" + third.get("id").stringValue(), null);
            assertEquals(204, revoked.status(), revoked.toString());
            assertEquals(401, status(one, last));
            Eventually.within(SECOND, "revoked on the other", () -> status(two, last), status -> status == 401);
            aTierChangesEverywhere(one, two);
        }
    }

    private static void aTierChangesEverywhere(RunningNode one, RunningNode two) {
        String path = "/v1/access-tiers/changing";
        Map<String, Object> wide =
                Map.of("requestsPerSecond", 500, "requestsBurst", 500, "eventsPerSecond", 5000, "eventsBurst", 5000);
        Map<String, Object> tight =
                Map.of("requestsPerSecond", 7, "requestsBurst", 70, "eventsPerSecond", 1000, "eventsBurst", 1000);
        assertEquals(201, one.call("admin", "PUT", path, wide).status());
        String key = made(one, Map.of("name", "tiered", "scopes", List.of("catalog:read"), "tier", "changing"))
                .get("key")
                .stringValue();
        Eventually.within(SECOND, "known", () -> policy(two, key), policy -> policy.contains("q=500;"));
        assertEquals(200, one.call("admin", "PUT", path, tight).status());
        Eventually.within(SECOND, "changed", () -> policy(two, key), policy -> policy.contains("q=7;"));
    }

    private static String policy(RunningNode node, String key) {
        return Http.call(node.url(), "GET", ASKED, null, "Authorization", "Bearer " + key)
                .header("ratelimit-policy");
    }

    private static JsonNode rotated(RunningNode one, String id, String overlap) {
        Reply answer = one.call("admin", "POST", "/v1/api-keys/" + id + "/rotation", Map.of("overlap", overlap));
        assertEquals(201, answer.status(), answer.toString());
        return answer.json();
    }

    private static JsonNode made(RunningNode node, Map<String, Object> body) {
        Reply answer = node.call("admin", "POST", "/v1/api-keys", body);
        assertEquals(201, answer.status(), answer.toString());
        assertEquals("/v1/api-keys/" + answer.json().get("id").stringValue(), answer.header("location"));
        return answer.json();
    }

    private static int status(RunningNode node, String key) {
        return Http.call(node.url(), "GET", ASKED, null, "Authorization", "Bearer " + key)
                .status();
    }
}
