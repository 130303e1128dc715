package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * OWASP API Security 2023, API4: no credential, and no tenant over all of its credentials, uses more than its access tier
 * says. What bounds a single body or connection is shown by {@link LimitsTest}.
 */
class UnrestrictedResourceConsumptionTest {
    private static final String USAGE = "/v1/usage?meter=llm_requests";
    private static RunningNode weir = RunningNode.start(Map.of());

    @AfterAll
    static void close() {
        weir.close();
    }

    @Test
    void requests_beyond_the_rate_are_refused() {
        String role = key("slow", Map.of("requestsPerSecond", 1, "requestsBurst", 3));
        int passed = 0;
        Reply answer = weir.get(role, USAGE);
        while (answer.status() == 200 && passed < 20) {
            passed++;
            answer = weir.get(role, USAGE);
        }
        assertTrue(passed >= 3 && passed < 20, "passed " + passed);
        assertRefused(answer, "requests", "\"requests\";q=1;w=1");
    }

    @Test
    void a_slot_is_held_until_the_answer_or_the_end_of_the_connection() throws IOException {
        String role = key("narrow", Map.of("concurrentRequests", 2));
        Reply free = weir.get(role, USAGE);
        assertEquals("\"concurrent\";q=2;qu=\"concurrent-requests\"", free.header("ratelimit-policy"));
        assertEquals("\"concurrent\";r=1", free.header("ratelimit"));
        try (RawCall one = new RawCall(weir);
                RawCall two = new RawCall(weir)) {
            one.send(head(role) + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue", one.status());
            two.send(head(role) + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue", two.status());
            assertRefused(weir.get(role, USAGE), "concurrent", "\"concurrent\";q=2");
            two.send("{}");
            assertEquals("HTTP/1.1 422 Unprocessable Entity", two.status());
            assertEquals(200, weir.get(role, USAGE).status());
        }
        // The first died without an answer.
        Eventually.holds(
                "both slots are free", () -> weir.get(role, USAGE).header("ratelimit"), "\"concurrent\";r=1"::equals);
    }

    @Test
    void announced_bytes_are_refused_before_they_are_sent_and_others_wait_for_their_turn() throws IOException {
        int body = 4 << 20;
        String role = key("thin", Map.of("bytesPerSecond", 500_000, "bytesBurst", body));
        try (RawCall first = new RawCall(weir);
                RawCall second = new RawCall(weir);
                RawCall chunked = new RawCall(weir)) {
            first.send(head(role) + "Expect: 100-continue\r\nContent-Length: " + body + "\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue", first.status());
            second.send(head(role) + "Expect: 100-continue\r\nContent-Length: " + body + "\r\n\r\n");
            String refused = second.head();
            assertTrue(refused.startsWith("HTTP/1.1 429 "), refused);
            assertTrue(refused.contains("\"bytes\";q=500000;qu=\"content-bytes\";w=1"), refused);
            String event = io.weir.schemas.Json.text(Events.event("ws-041"));
            chunked.send(head(role) + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(event.length())
                    + "\r\n" + event + "\r\n0\r\n\r\n");
            assertEquals("HTTP/1.1 202 Accepted", chunked.status());
        }
    }

    @Test
    void all_credentials_of_a_tenant_share_what_its_tier_says() {
        weir.call(
                "other",
                "PUT",
                "/v1/access-tiers/whole",
                Map.of("requestsPerSecond", 1, "requestsBurst", 10, "tenant", true));
        String one = weir.newKeyOf("other", "standard", "admin");
        String two = weir.newKeyOf("other", "standard", "admin");
        int passed = 0;
        Reply answer = weir.get(one, "/v1/customers");
        while (answer.status() == 200 && passed < 30) {
            passed++;
            answer = weir.get(passed % 2 == 0 ? one : two, "/v1/customers");
        }
        assertTrue(passed < 30, "the tenant is not limited");
        assertRefused(answer, "tenant-requests", "\"tenant-requests\";q=1;w=1");
    }

    @Test
    void a_changed_tier_counts_within_a_second() {
        String role = key("changing", Map.of("requestsPerSecond", 100, "requestsBurst", 100));
        assertTrue(weir.get(role, USAGE).header("ratelimit-policy").contains("q=100"));
        put("changing", Map.of("requestsPerSecond", 7, "requestsBurst", 100));
        Eventually.within(
                Duration.ofSeconds(1),
                "the key has its new limit",
                () -> weir.get(role, USAGE).header("ratelimit-policy"),
                "\"requests\";q=7;w=1"::equals);
    }

    @Test
    void a_tier_whose_burst_could_never_take_the_largest_batch_or_body_is_refused() {
        Reply answer = weir.call(
                "admin",
                "PUT",
                "/v1/access-tiers/wrong",
                Map.of("eventsPerSecond", 1, "eventsBurst", 999, "bytesPerSecond", 1, "requestsBurst", 1));
        assertEquals(422, answer.status(), answer.toString());
        for (String pointer : List.of("/eventsBurst", "/bytesBurst", "/requestsPerSecond")) {
            assertTrue(answer.body().contains(pointer), answer.toString());
        }
    }

    @Test
    void a_month_has_its_events_to_the_last_one_and_a_restart_forgets_none() {
        String role = key("monthly", Map.of("eventsPerMonth", 5));
        assertEquals(
                202, weir.postAs(role, Events.events("ws-042", 3), "accepted").status());
        Reply refused = weir.postAs(role, Events.events("ws-042", 3), "accepted");
        assertRefused(refused, "events-month", "\"events-month\";q=5;qu=\"events\"");
        // Nothing is charged for what takes nothing: a dry run, a batch of which all or nothing is wanted.
        assertEquals(
                202,
                weir.call(
                                role,
                                "POST",
                                "/v1/events/validation",
                                Events.events("ws-042", 4),
                                "Content-Type",
                                "application/cloudevents-batch+json")
                        .status());
        ObjectNode wrong = Events.event("ws-042");
        wrong.remove("type");
        assertEquals(
                422,
                weir.postAs(role, List.of(Events.event("ws-042"), wrong), "accepted", "Prefer", "handling=strict")
                        .status());
        weir = weir.restart();
        assertEquals(
                202, weir.postAs(role, Events.events("ws-042", 2), "accepted").status());
        assertRefused(weir.postAs(role, Events.events("ws-042", 1), "accepted"), "events-month", "q=5");
        assertTrue(weir.metric("weir_throttle_refusals_total{policy=\"events-month\"}")
                        .signum()
                > 0);
    }

    private static String key(String tier, Map<String, Object> limits) {
        put(tier, limits);
        return weir.newKey(tier, "usage:write", "usage:read");
    }

    private static void put(String tier, Map<String, Object> limits) {
        Reply stored = weir.call("admin", "PUT", "/v1/access-tiers/" + tier, limits);
        assertTrue(stored.status() == 201 || stored.status() == 200, stored.toString());
    }

    private static void assertRefused(Reply answer, String policy, String told) {
        assertEquals(429, answer.status(), answer.toString());
        assertEquals(
                "https://iana.org/assignments/http-problem-types#quota-exceeded",
                answer.json().get("type").stringValue());
        assertEquals(policy, answer.json().get("violated-policies").get(0).stringValue());
        assertTrue(answer.header("ratelimit-policy").contains(told), answer.header("ratelimit-policy"));
        assertTrue(answer.header("ratelimit").startsWith("\"" + policy + "\";r="), answer.header("ratelimit"));
        int until = answer.header("ratelimit").contains(";t=")
                ? Integer.parseInt(answer.header("ratelimit").replaceAll(".*;t=", ""))
                : 1;
        assertTrue(Integer.parseInt(answer.header("retry-after")) >= until, answer.toString());
    }

    private static String head(String role) {
        return "POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/cloudevents+json\r\n"
                + "Authorization: Bearer " + weir.key(role) + "\r\n";
    }
}
