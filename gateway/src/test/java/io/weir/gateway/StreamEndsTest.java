package io.weir.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.gateway.RawFrames.Frame;
import io.weir.schemas.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Streams of events that end before their time, and streams over HTTP/2. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamEndsTest {
    private static final String ACCEPT = "Accept: application/x-ndjson\r\n";
    private static final int CANCEL = 8;

    private final RunningNode weir = RunningNode.start(Map.of(
            "WEIR_STREAMS_GAP_MILLIS", "1500",
            "WEIR_STREAMS_TICK_MILLIS", "100",
            "WEIR_STREAMS_WAIT_MILLIS", "300",
            "WEIR_STREAMS_WHOLE_MILLIS", "10000",
            "WEIR_OVERLOAD_MAX_TENANT_BODY_BYTES", Integer.toString(12 << 20)));

    @AfterAll
    void leave_nothing_running() {
        weir.close();
    }

    @Test
    void what_a_caller_sent_before_it_went_away_stays_and_its_slot_is_free() throws IOException {
        String role = key("single", Map.of("concurrentRequests", 1), "usage:write", "usage:read");
        try (Sending sending = new Sending(weir, role, ACCEPT)) {
            sending.send(lines("gone", 700));
            JsonNode told = sending.next();
            while (told.path("through").asInt() < 700) {
                told = sending.next();
            }
            assertEquals(429, weir.get(role, "/v1/usage?meter=llm_requests").status());
            sending.send("{\"unfinished");
        }
        Eventually.holds("it is over", () -> ended("aborted"), count -> count == 1);
        assertEquals(0, weir.metric("weir_streams_open").intValue());
        Eventually.holds(
                "the slot is free",
                () -> weir.get(role, "/v1/usage?meter=llm_requests").status(),
                status -> status == 200);
        Eventually.holds("recorded", () -> event("gone", 699).status(), status -> status == 200);
    }

    @Test
    void a_credential_that_is_revoked_ends_its_stream_with_a_problem() throws IOException {
        String role = weir.newKey("standard", "usage:write");
        try (Sending sending = new Sending(weir, role, ACCEPT)) {
            sending.send(lines("before", 1));
            assertEquals(1, sending.next().path("through").asInt());
            String id = role.substring("made-".length());
            assertEquals(
                    204,
                    weir.call("admin", "DELETE", "/v1/api-keys/" + id, null).status());
            Thread more = Thread.ofVirtual().start(() -> goOn(sending));
            JsonNode last = sending.last();
            assertEquals(401, last.at("/problem/status").asInt(), last.toString());
            assertEquals(last.path("through").asInt(), last.path("accepted").asInt());
            more.interrupt();
        }
    }

    /** Sends a line now and then, until nobody takes it any more. */
    private static void goOn(Sending sending) {
        try {
            for (int i = 0; i < 200; i++) {
                sending.send(lines("after-" + i, 1));
                java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
            }
        } catch (IOException closed) {
            assertTrue(closed.getMessage() != null, "the node has closed");
        }
    }

    @Test
    void a_stream_that_finds_no_tokens_is_ended_and_told_which_lines_were_taken() throws IOException {
        String role = key("thin", Map.of("eventsPerSecond", 1, "eventsBurst", 1_000), "usage:write");
        try (Sending sending = new Sending(weir, role, ACCEPT)) {
            sending.send(lines("thin", 1_900));
            JsonNode last = sending.last();
            assertEquals(429, last.at("/problem/status").asInt(), last.toString());
            assertEquals("events", last.at("/problem/violated-policies/0").asString());
            assertTrue(last.path("retryAfter").asInt() > 1, last.toString());
            int through = last.path("through").asInt();
            assertTrue(through > 0 && through <= 1_100, last.toString());
            assertEquals(through, last.path("accepted").asInt());
            Eventually.holds("the last taken", () -> event("thin", through - 1).status(), status -> status == 200);
            assertEquals(404, event("thin", through).status(), "what was not told as taken was not");
        }
        assertEquals(0, weir.metric("weir_streams_open").intValue());
    }

    @Test
    void a_stream_over_http_2_is_answered_while_it_goes_on() throws Exception {
        try (RawFrames call = new RawFrames(weir, 65_535)) {
            open(call, 1);
            assertEquals("207", call.status(1));
            for (int i = 1; i <= 3; i++) {
                call.frame(RawFrames.DATA, 0, 1, lines("h2-" + i, 100).getBytes(UTF_8));
                assertEquals(100 * i, line(call, 1, "through").path("through").asInt());
            }
            call.frame(
                    RawFrames.DATA, RawFrames.END_STREAM, 1, lines("h2-last", 1).getBytes(UTF_8));
            JsonNode last = line(call, 1, "complete");
            assertTrue(last.path("complete").asBoolean(), last.toString());
            assertEquals(301, last.path("accepted").asInt());
        }
    }

    @Test
    void a_stream_over_http_2_that_is_ended_or_cancelled_leaves_the_connection() throws Exception {
        int aborted = ended("aborted");
        try (RawFrames call = new RawFrames(weir, 65_535)) {
            open(call, 1);
            call.frame(RawFrames.DATA, 0, 1, lines("silent", 10).getBytes(UTF_8));
            JsonNode last = line(call, 1, "complete");
            assertEquals(10, last.path("through").asInt());
            assertEquals("/problems/too-slow", last.at("/problem/type").asString());
            assertEquals(0, call.reset(1));
            open(call, 3);
            assertEquals("207", call.status(3));
            call.frame(RawFrames.RESET, 0, 3, new byte[] {0, 0, 0, CANCEL});
            Eventually.holds("it is over", () -> ended("aborted"), count -> count == aborted + 1);
            assertEquals("404", call.request(5, false, "GET", "/none").status(5));
        }
    }

    @Test
    void the_beginning_of_lines_counts_in_the_budget_of_bodies() throws IOException {
        String role = weir.newKeyOf("other", "standard", "usage:write");
        int bytes = 0x3fff00;
        String chunk = "POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/x-ndjson\r\n"
                + "Authorization: Bearer " + weir.key(role) + "\r\nTransfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(bytes) + "\r\n";
        try (RawCall one = new RawCall(weir);
                RawCall two = new RawCall(weir);
                RawCall three = new RawCall(weir);
                RawCall four = new RawCall(weir)) {
            for (RawCall call : List.of(one, two, three)) {
                call.send(chunk + "x".repeat(bytes));
            }
            Eventually.holds("counted", this::bodies, held -> held == 3 * bytes);
            // More than is left, and little enough to be written before the node closes.
            four.send(chunk + "x".repeat(4_096));
            assertEquals("HTTP/1.1 503 Service Unavailable", four.status());
        }
        Eventually.holds("given back", this::bodies, held -> held == 0);
    }

    private int bodies() {
        return weir.metric("weir_http_body_bytes").intValue();
    }

    private void open(RawFrames call, int stream) throws IOException {
        call.request(
                stream,
                true,
                "POST",
                "/v1/events",
                "authorization",
                "Bearer " + weir.key("backend"),
                "content-type",
                "application/x-ndjson",
                "accept",
                "application/x-ndjson");
    }

    /** The next line of a stream's answer that has that field; the node writes each in one frame. */
    private static JsonNode line(RawFrames call, int stream, String field) throws IOException {
        while (true) {
            Frame data = call.await(frame -> frame.type() == RawFrames.DATA && frame.stream() == stream);
            List<JsonNode> lines = new String(data.payload(), UTF_8)
                    .lines()
                    .map(Json::tree)
                    .filter(line -> line.has(field))
                    .toList();
            if (!lines.isEmpty()) {
                return lines.getLast();
            }
        }
    }

    private int ended(String outcome) {
        return weir.metric("weir_streams_ended_total{outcome=\"" + outcome + "\"}")
                .intValue();
    }

    private Reply event(String name, int index) {
        return weir.get("admin", "/v1/events?source=/ends&id=" + name + "-" + index);
    }

    private String key(String tier, Map<String, Object> limits, String... scopes) {
        assertEquals(
                201,
                weir.call("admin", "PUT", "/v1/access-tiers/" + tier, limits).status());
        return weir.newKey(tier, scopes);
    }

    private static String lines(String name, int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("{\"specversion\":\"1.0\",\"id\":\"")
                    .append(name)
                    .append('-')
                    .append(i)
                    .append("\",\"source\":\"/ends\",\"type\":\"api.request\",\"subject\":\"ws-011\",")
                    .append("\"data\":{\"requests\":1,\"bytes\":10,\"region\":\"eu\"}}\n");
        }
        return lines.toString();
    }
}
