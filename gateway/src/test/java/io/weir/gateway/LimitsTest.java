package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Everything at the edge has a bound, and what passes it is told so. */
class LimitsTest {
    private static RunningNode weir;

    @BeforeAll
    static void start() {
        weir = RunningNode.start(Map.of(
                "WEIR_HTTP_BODY_TIMEOUT_MILLIS", "300",
                "WEIR_HTTP_MAX_CONNECTIONS", "8",
                "WEIR_INGEST_MAX_IN_FLIGHT_BYTES", "1000000",
                "WEIR_INGEST_MAX_TENANT_IN_FLIGHT_BYTES", "1000000",
                "WEIR_INGEST_MAX_WAITING", "0"));
    }

    @AfterAll
    static void stop() {
        weir.close();
    }

    @Test
    void a_body_that_does_not_come_in_time_is_answered_with_408() throws IOException {
        try (RawCall slow = new RawCall(weir)) {
            slow.send("POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/cloudevents+json\r\n"
                    + "Authorization: Bearer " + weir.key("backend") + "\r\nContent-Length: 100\r\n\r\n{");
            assertEquals("HTTP/1.1 408 Request Timeout", slow.status());
        }
    }

    @Test
    void a_connection_too_many_is_closed_and_those_that_are_there_go_on() throws IOException {
        List<RawCall> open = new ArrayList<>();
        try {
            for (int i = 0; i < 12; i++) {
                open.add(new RawCall(weir));
            }
            int closed = 0;
            for (RawCall call : open) {
                try {
                    assertEquals(
                            "HTTP/1.1 404 Not Found",
                            call.send("GET / HTTP/1.1\r\nHost: weir\r\n\r\n").status());
                } catch (IOException e) {
                    closed++;
                }
            }
            assertTrue(closed >= 4, closed + " of 12 were closed, and 8 may be open");
        } finally {
            for (RawCall call : open) {
                call.close();
            }
        }
        Eventually.holds(
                "there is room again",
                () -> weir.metric("weir_http_connections").intValue(),
                count -> count < 8);
    }

    @Test
    void more_than_may_be_in_flight_is_refused_with_503_and_nothing_is_claimed() {
        String event = padded(Events.event("ws-001"), 2_000);
        Reply answer = post("[" + (event + ",").repeat(999) + event + "]");
        assertEquals(503, answer.status(), answer.toString());
        assertTrue(Integer.parseInt(answer.header("retry-after")) >= 1);
        assertEquals(202, post("[" + event + "]").status());
    }

    @Test
    void who_cannot_wait_for_the_recording_is_answered_202_at_once() {
        Reply answer = weir.post(Events.events("ws-001", 3), "recorded");
        assertEquals(202, answer.status(), answer.toString());
        assertEquals("accepted=3 recorded=0 duplicates=0 conflicts=0 rejected=0", answer.counts());
    }

    @Test
    void an_event_that_the_log_would_never_take_is_refused_for_good() {
        String event = padded(Events.event("ws-001"), 2_000_000);
        Reply answer = RunningNode.shared()
                .call("backend", "POST", "/v1/events", event, "Content-Type", "application/cloudevents+json");
        assertEquals(422, answer.status(), answer.toString());
        assertTrue(answer.body().contains("an event may have 262144 bytes"), answer.toString());
    }

    /** The event with white space in it, which is kept as it came. */
    private static String padded(ObjectNode event, int bytes) {
        return "{" + " ".repeat(bytes) + Json.text(event).substring(1);
    }

    private static Reply post(String batch) {
        return weir.call("backend", "POST", "/v1/events", batch, "Content-Type", "application/cloudevents-batch+json");
    }

    @Test
    void an_empty_batch_is_taken() {
        Reply answer = weir.post(List.of(), "recorded");
        assertTrue(answer.status() == 200 || answer.status() == 202, answer.toString());
        assertEquals("accepted=0 recorded=0 duplicates=0 conflicts=0 rejected=0", answer.counts());
    }

    @Test
    void a_head_that_is_too_large_or_no_http_gets_an_answer_or_nothing_but_never_in() throws IOException {
        try (RawCall large = new RawCall(weir)) {
            large.send("GET /v1/usage HTTP/1.1\r\nHost: weir\r\nX-Large: " + "x".repeat(20_000) + "\r\n\r\n");
            assertEquals("HTTP/1.1 431 Request Header Fields Too Large", large.status());
        }
        try (RawCall nonsense = new RawCall(weir)) {
            nonsense.send("\u0000\u0001nonsense\r\n\r\n");
            String status = nonsense.status();
            assertTrue(status.contains(" 400 "), status);
        }
    }
}
