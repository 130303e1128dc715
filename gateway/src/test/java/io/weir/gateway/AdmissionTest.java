package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Who may pass, and what those are told who may not. */
class AdmissionTest {
    private static final Pattern RATE_LIMIT = Pattern.compile("\"(\\w+)\";r=(\\d+);t=(\\d+)");

    private final RunningNode weir = RunningNode.shared();

    @Test
    void a_caller_without_a_known_key_is_told_how_to_authenticate() {
        for (String[] headers : List.of(
                new String[0],
                new String[] {"Authorization", "Basic eDp5"},
                new String[] {"Authorization", "Bearer nonsense"},
                new String[] {"Authorization", "Bearer weir_local_abc_def"},
                new String[] {"Authorization", "Bearer " + weir.key("backend") + "x"})) {
            Reply answer = Http.call(weir.url(), "GET", "/v1/usage?meter=llm_requests", null, headers);
            assertEquals(401, answer.status(), answer.toString());
            String challenge = answer.header("www-authenticate");
            assertTrue(challenge != null && challenge.startsWith("Bearer realm=\"weir\""), challenge);
            assertEquals("application/problem+json", answer.header("content-type"));
        }
    }

    @Test
    void a_key_without_the_scope_is_forbidden_and_told_which_it_needs() {
        Reply answer = weir.postAs("support", Events.events("ws-031", 1), "accepted");
        assertEquals(403, answer.status());
        assertTrue(answer.body().contains("usage:write"), answer.toString());
        assertEquals(
                403,
                weir.get("backend", "/v1/customers/cust-031/entitlements/llm_tokens")
                        .status());
        assertEquals(403, weir.get("backend", "/v1/exceptions").status());
        assertEquals(
                403, weir.call("backend", "POST", "/v1/billing-runs", Map.of()).status());
    }

    @Test
    void the_objects_of_another_tenant_are_not_found() {
        ObjectNode event = Events.event("ws-031");
        assertEquals(200, weir.post(List.of(event), "recorded").status());
        assertEquals(404, weir.get("other", "/v1/customers/cust-031").status());
        assertEquals(404, weir.get("other", "/v1/subscriptions/sub-031").status());
        assertEquals(
                404,
                weir.get("other", "/v1/customers/cust-031/entitlements/llm_tokens")
                        .status());
        assertEquals(
                404,
                weir.get("other", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event))
                        .status());
        assertEquals(
                404, weir.get("other", "/v1/postings/P-7906PGR6JQ99ZEJW87WX").status());
        assertEquals(0, weir.get("other", "/v1/customers").json().get("items").size());
        assertEquals(0, weir.get("other", "/v1/charges").json().get("items").size());
        assertEquals(0, weir.get("other", "/v1/exceptions").json().get("items").size());
    }

    @Test
    void a_tenant_of_another_region_is_misdirected() throws SQLException {
        try (Connection sql = weir.database();
                Statement statement = sql.createStatement()) {
            statement.execute("""
                    insert into tenant (tenant, organisation, name, region)
                    select 'far', organisation, 'Far', 'mars' from tenant where tenant = 'demo'
                    on conflict do nothing
                    """);
            statement.execute("""
                    insert into access_tier (tenant, tier) select 'far', tier
                    from access_tier where tenant = 'demo' on conflict do nothing
                    """);
        }
        Reply answer = weir.get(weir.newKeyOf("far", "standard", "admin"), "/v1/usage?meter=llm_requests");
        assertEquals(421, answer.status(), answer.toString());
        assertTrue(answer.body().contains("mars"), answer.toString());
    }

    @Test
    void an_unknown_path_is_answered_with_the_versions_that_there_are() {
        for (String path : List.of("/v2/events", "/v1/nothing", "/")) {
            Reply answer = weir.get("admin", path);
            assertEquals(404, answer.status());
            assertEquals("/problems/unknown-route", answer.json().get("type").stringValue());
            assertTrue(answer.body().contains("v1"), answer.toString());
        }
    }

    @Test
    void a_method_that_is_not_offered_is_answered_with_those_that_are() {
        Reply answer = weir.call("admin", "DELETE", "/v1/events", null);
        assertEquals(405, answer.status(), answer.toString());
        assertEquals(
                List.of("GET", "POST"),
                List.of(answer.header("allow").split(", ")).stream().sorted().toList());
    }

    @Test
    void beyond_the_burst_of_its_tier_a_key_is_throttled_until_the_time_that_it_is_told() {
        String partner = weir.newKey("partner", "usage:read");
        Reply answer = weir.get(partner, "/v1/usage?meter=llm_requests");
        int passed = 0;
        while (answer.status() == 200) {
            passed++;
            answer = weir.get(partner, "/v1/usage?meter=llm_requests");
        }
        assertTrue(passed >= 40, "the burst is 40, but only passed " + passed);
        assertThrottled("requests", answer);
        Eventually.holds(
                "it passes again",
                () -> weir.get(partner, "/v1/usage?meter=llm_requests").status(),
                status -> status == 200);
        // Another key has a bucket of its own.
        assertEquals(200, weir.get("backend", "/v1/usage?meter=llm_requests").status());
    }

    @Test
    void a_batch_beyond_the_event_limit_is_throttled_whole() {
        String partner = weir.newKey("partner", "usage:write", "usage:read");
        assertEquals(
                202,
                weir.postAs(partner, Events.events("ws-032", 1_000), "accepted").status());
        List<ObjectNode> more = Events.events("ws-032", 1_000);
        assertThrottled("events", weir.postAs(partner, more, "recorded"));
        // One subject's events are recorded in order: when a later one is, an earlier one would be.
        assertEquals(200, weir.post(Events.events("ws-032", 1), "recorded").status());
        for (ObjectNode event : List.of(more.getFirst(), more.getLast())) {
            assertEquals(
                    404,
                    weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event))
                            .status());
        }
    }

    @Test
    void a_body_beyond_the_cap_is_refused_with_413() throws IOException {
        int most = 4 << 20;
        try (RawCall announced = new RawCall(weir)) {
            announced
                    .send(head("backend") + "Content-Length: " + (most + 1) + "\r\n\r\n")
                    .upload(most + 1);
            assertEquals("HTTP/1.1 413 Request Entity Too Large", announced.status());
        }
        try (RawCall chunked = new RawCall(weir)) {
            chunked.send(head("backend") + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(most + 8_192)
                            + "\r\n")
                    .upload(most + 8_192);
            assertEquals("HTTP/1.1 413 Request Entity Too Large", chunked.status());
        }
    }

    @Test
    void a_caller_who_waits_for_100_uploads_only_once_admitted() throws IOException {
        byte[] body = Json.bytes(Events.event("ws-033"));
        String expect = "Expect: 100-continue\r\nContent-Length: ";
        try (RawCall stranger = new RawCall(weir)) {
            stranger.send("POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/cloudevents+json\r\n"
                    + expect + "1000000\r\n\r\n");
            assertEquals("HTTP/1.1 401 Unauthorized", stranger.status());
        }
        try (RawCall known = new RawCall(weir)) {
            known.send(head("backend") + expect + body.length + "\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue", known.status());
            known.send(new String(body, StandardCharsets.UTF_8));
            assertEquals("HTTP/1.1 202 Accepted", known.status());
        }
    }

    @Test
    void an_early_refusal_reaches_a_caller_who_is_still_uploading() throws IOException {
        for (int bytes : new int[] {10_000, 900_000, 4_000_000}) {
            try (RawCall stranger = new RawCall(weir)) {
                stranger.send("POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Length: " + bytes + "\r\n\r\n")
                        .upload(bytes);
                String head = stranger.head();
                assertTrue(head.startsWith("HTTP/1.1 401 "), bytes + ": " + head);
                assertTrue(head.toLowerCase(java.util.Locale.ROOT).contains("connection: close"), head);
            }
        }
    }

    @Test
    void a_body_that_comes_in_pieces_after_its_head_is_read_whole() throws IOException {
        String body = Json.text(Events.event("ws-033"));
        String role = weir.newKey("standard", "usage:write");
        try (RawCall slow = new RawCall(weir)) {
            slow.send(head(role) + "Content-Length: " + body.length() + "\r\n\r\n");
            // The key is not known to the node yet: it is looked up while the body is on its way.
            weir.get("backend", "/v1/usage?meter=llm_requests");
            slow.send(body.substring(0, 20));
            weir.get("backend", "/v1/usage?meter=llm_requests");
            slow.send(body.substring(20));
            assertEquals("HTTP/1.1 202 Accepted", slow.status());
        }
    }

    @Test
    void every_answer_carries_a_correlation_id() {
        assertFalse(weir.get("backend", "/v1/usage?meter=llm_requests")
                .header("x-correlation-id")
                .isEmpty());
        Reply refused = Http.call(weir.url(), "GET", "/v1/usage", null);
        assertEquals(
                refused.header("x-correlation-id"),
                refused.json().get("correlationId").stringValue());
    }

    private String head(String role) {
        return "POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/cloudevents+json\r\n"
                + "Authorization: Bearer " + weir.key(role) + "\r\n";
    }

    private static void assertThrottled(String policy, Reply answer) {
        assertEquals(429, answer.status(), answer.toString());
        assertEquals(policy, answer.json().get("violated-policies").get(0).stringValue());
        assertTrue(answer.header("ratelimit-policy").contains("\"requests\";q=20"), answer.header("ratelimit-policy"));
        assertTrue(answer.header("ratelimit-policy").contains("\"events\";q=500"), answer.header("ratelimit-policy"));
        Matcher limit = RATE_LIMIT.matcher(answer.header("ratelimit"));
        assertTrue(limit.find(), answer.header("ratelimit"));
        assertEquals(policy, limit.group(1));
        int retryAfter = Integer.parseInt(answer.header("retry-after"));
        assertTrue(retryAfter >= 1 && retryAfter >= Integer.parseInt(limit.group(3)), "Retry-After " + retryAfter);
    }
}
