package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.gateway.RawFrames.Frame;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that take their time, say nothing, say too much or do not listen: each is let go after its deadline or bound. */
class DoorTest {
    private static final String OPEN = "GET /v1/openapi.json HTTP/1.1\r\nHost: weir\r\n\r\n";
    private static final int NO_ERROR = 0;
    private static final int REFUSED_STREAM = 7;
    private static final int CANCEL = 8;

    private static RunningNode weir;

    @BeforeAll
    static void start() {
        weir = RunningNode.start(Map.of(
                "WEIR_DOOR_HEAD_TIMEOUT_MILLIS", "1000",
                "WEIR_DOOR_ANSWER_TIMEOUT_MILLIS", "1000",
                "WEIR_HTTP_BODY_TIMEOUT_MILLIS", "500",
                "WEIR_HTTP_IDLE_TIMEOUT_SECONDS", "3",
                "WEIR_DOOR_MAX_HEADERS", "50",
                "WEIR_DOOR_MAX_STREAMS", "10",
                "WEIR_DOOR_MAX_RESETS", "20",
                "WEIR_HTTP_MAX_CONNECTIONS", "40"));
    }

    @AfterAll
    static void stop() {
        weir.close();
    }

    @Test
    void a_head_that_does_not_come_in_time_is_answered_with_408_and_closed() throws IOException {
        for (String begun :
                List.of("GET /v1/usage HTTP/1.1\r\nHost: we", "GET /v1/us", "POST /v1/events HTTP/1.1\r\n")) {
            try (RawCall slow = new RawCall(weir)) {
                String answer = slow.send(begun).untilClosed();
                assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
                assertTrue(answer.contains("/problems/too-slow"), answer);
            }
        }
    }

    @Test
    void the_next_head_on_a_connection_has_the_same_time() throws IOException {
        try (RawCall slow = new RawCall(weir)) {
            slow.send("GET /none HTTP/1.1\r\nHost: weir\r\n\r\n");
            String answers = slow.send("GET /v1/usage HTTP/1.1\r\nHos").untilClosed();
            assertTrue(answers.startsWith("HTTP/1.1 404 "), answers);
            assertTrue(answers.contains("HTTP/1.1 408 "), answers);
        }
    }

    @Test
    void a_connection_that_says_nothing_is_closed() throws IOException {
        try (RawCall silent = new RawCall(weir)) {
            assertEquals("", silent.untilClosed());
        }
    }

    @Test
    void a_connection_that_says_nothing_more_is_closed() throws IOException {
        try (RawCall over = new RawCall(weir)) {
            String answer = over.send(OPEN).untilClosed();
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        }
    }

    @Test
    void only_the_answer_to_head_is_without_its_body() throws IOException {
        try (RawCall call = new RawCall(weir)) {
            String none = " /none HTTP/1.1\r\nHost: weir\r\n";
            String answers = call.send(
                            "GET" + none + "\r\nHEAD" + none + "\r\nGET" + none + "Connection: close\r\n\r\n")
                    .untilClosed();
            assertEquals(4, answers.split("HTTP/1.1 404 ", -1).length, answers);
            assertEquals(3, answers.split("\\{\"type\"", -1).length, answers);
        }
    }

    @Test
    void connections_that_say_nothing_count_too() throws IOException {
        List<RawCall> open = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                open.add(new RawCall(weir));
            }
            // Which ones is not told: connections of before may leave while these come.
            long answered = open.stream().filter(DoorTest::answers).count();
            assertTrue(answered > 0 && answered <= 40, answered + " of 60 were answered, and 40 may be open");
        } finally {
            for (RawCall call : open) {
                call.close();
            }
        }
        Eventually.holds("there is room again", DoorTest::connections, count -> count < 10);
    }

    private static boolean answers(RawCall call) {
        try {
            return !call.send(OPEN).status().isEmpty();
        } catch (IOException turnedAway) {
            return false;
        }
    }

    private static int connections() {
        return weir.metric("weir_http_connections").intValue();
    }

    @Test
    void a_head_beyond_its_bounds_is_told_so() throws IOException {
        assertHead("431", "too-long", "GET /v1/usage HTTP/1.1\r\nHost: weir\r\n" + "a: b\r\n".repeat(60) + "\r\n");
        assertHead("431", "too-long", "GET /v1/usage HTTP/1.1\r\nHost: weir\r\n" + "a: b\r\n".repeat(60));
        assertHead("431", "too-long", "GET / HTTP/1.1\r\nHost: weir\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
        assertHead("414", "too-long", "GET /" + "x".repeat(9_000) + " HTTP/1.1\r\nHost: weir\r\n\r\n");
        assertHead("505", "malformed-request", "GET / HTTP/2.0\r\nHost: weir\r\n\r\n");
        assertHead("405", "malformed-request", "CONNECT weir:443 HTTP/1.1\r\nHost: weir:443\r\n\r\n");
        try (RawCall call = new RawCall(weir)) {
            call.send("GET /none HTTP/1.1\r\nHost: weir\r\n" + "a: b\r\n".repeat(49) + "\r\n");
            assertEquals("HTTP/1.1 404 Not Found", call.status());
        }
    }

    private static void assertHead(String status, String kind, String head) throws IOException {
        try (RawCall call = new RawCall(weir)) {
            String answer = call.send(head).untilClosed();
            assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
            assertTrue(answer.contains("/problems/" + kind), answer);
            assertTrue(answer.toLowerCase(Locale.ROOT).contains("connection: close"), answer);
        }
    }

    @Test
    void a_malformed_head_is_answered_in_its_turn() throws IOException {
        String post = "POST /v1/events?until=recorded HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer "
                + weir.key("backend") + "\r\nContent-Type: application/cloudevents+json\r\nContent-Length: ";
        String event = io.weir.schemas.Json.text(Events.event("ws-040"));
        try (RawCall call = new RawCall(weir)) {
            String answers = call.send(post + event.length() + "\r\n\r\n" + event + "GET  / HTTP/1.1\r\n\r\n")
                    .untilClosed();
            assertTrue(answers.indexOf("HTTP/1.1 200") < answers.indexOf("HTTP/1.1 400"), answers);
        }
    }

    @Test
    void a_body_that_does_not_come_in_time_ends_its_connection() throws IOException {
        try (RawCall slow = new RawCall(weir)) {
            String answer = slow.send("POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/json\r\n"
                            + "Authorization: Bearer " + weir.key("backend") + "\r\nContent-Length: 100\r\n\r\n{")
                    .untilClosed();
            assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
        }
    }

    @Test
    void a_client_that_does_not_take_its_answers_is_closed_and_they_do_not_pile_up() throws IOException {
        String asked = OPEN.repeat(400);
        try (RawCall deaf = new RawCall(weir)) {
            deaf.send(asked);
            Eventually.holds("it is let go", () -> refused("slow_reader"), count -> count > 0);
            assertTrue(unread() < 1_000_000, "unread: " + unread());
        }
        Eventually.holds("nothing waits any more", DoorTest::unread, bytes -> bytes == 0);
    }

    @Test
    void a_client_that_reads_slowly_but_steadily_gets_everything() throws IOException {
        try (RawCall steady = new RawCall(weir)) {
            steady.send(OPEN.repeat(20) + OPEN.replace("Host", "Connection: close\r\nHost"));
            assertEquals(22, steady.untilClosed().split("HTTP/1.1 200", -1).length);
        }
    }

    private static int refused(String reason) {
        return weir.metric("weir_http_refused_total{reason=\"" + reason + "\"}").intValue();
    }

    private static int unread() {
        return weir.metric("weir_http_unread_bytes").intValue();
    }

    @Test
    void only_the_expectation_of_100_is_answered_with_it() throws IOException {
        try (RawCall call = new RawCall(weir)) {
            call.send("POST /v1/events HTTP/1.1\r\nHost: weir\r\nExpect: miracles\r\nAuthorization: Bearer "
                    + weir.key("backend") + "\r\nContent-Length: 2\r\n\r\n{}");
            assertEquals("HTTP/1.1 415 Unsupported Media Type", call.status());
        }
    }

    @Test
    void an_upgrade_to_http_2_is_not_offered() throws IOException {
        try (RawCall call = new RawCall(weir)) {
            call.send("GET /none HTTP/1.1\r\nHost: weir\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
            assertEquals("HTTP/1.1 404 Not Found", call.status());
        }
    }

    @Test
    void http_2_with_prior_knowledge_is_answered() throws Exception {
        try (RawFrames call = new RawFrames(weir, 65_535)) {
            assertEquals("404", call.request(1, false, "GET", "/none").status(1));
            assertEquals("401", call.request(3, false, "GET", "/v1/usage").status(3));
        }
    }

    @Test
    void streams_that_are_cancelled_in_a_flood_end_the_connection() throws IOException {
        try (RawFrames flood = new RawFrames(weir, 65_535)) {
            byte[] cancel = {0, 0, 0, CANCEL};
            for (int stream = 1; stream < 80; stream += 2) {
                flood.request(stream, true, "POST", "/v1/events").frame(RawFrames.RESET, 0, stream, cancel);
            }
            flood.untilClosed();
        } catch (java.net.SocketException closed) {
            assertTrue(connections() < 40, "closed while it was still sending");
        }
    }

    @Test
    void headers_that_go_on_without_end_end_the_connection() throws IOException {
        try (RawFrames flood = new RawFrames(weir, 65_535)) {
            flood.frame(RawFrames.HEADERS, 0, 1, RawFrames.block("GET", "/none"));
            for (int i = 0; i < 200; i++) {
                flood.frame(RawFrames.CONTINUATION, 0, 1, new byte[0]);
            }
            flood.untilClosed();
        } catch (java.net.SocketException closed) {
            assertTrue(connections() < 40, "closed while it was still sending");
        }
    }

    @Test
    void headers_that_do_not_come_in_time_end_the_connection() throws IOException {
        try (RawFrames slow = new RawFrames(weir, 65_535)) {
            slow.frame(RawFrames.HEADERS, 0, 1, RawFrames.block("GET", "/none")).untilClosed();
        }
    }

    @Test
    void headers_up_to_their_bound_pass_and_beyond_it_are_refused() throws Exception {
        String most = "x".repeat(16_000);
        try (RawFrames large = new RawFrames(weir, 65_535)) {
            // Each counts with its name and 32 bytes; the bound is 16,384.
            assertEquals(
                    "404",
                    large.request(1, false, "GET", "/none", "x-large", most, "x-more", "x".repeat(50))
                            .status(1));
            assertEquals(
                    "431",
                    large.request(3, false, "GET", "/none", "x-large", most, "x-more", "x".repeat(300))
                            .status(3));
            assertEquals("404", large.request(5, false, "GET", "/none").status(5));
        }
    }

    @Test
    void more_streams_than_the_cap_are_refused() throws IOException {
        try (RawFrames many = new RawFrames(weir, 0)) {
            for (int stream = 1; stream <= 21; stream += 2) {
                many.request(stream, true, "POST", "/v1/events", "authorization", "Bearer " + weir.key("backend"));
            }
            Frame refused = many.await(frame -> frame.type() == RawFrames.RESET);
            assertEquals(21, refused.stream());
            assertEquals(REFUSED_STREAM, refused.number());
        }
    }

    @Test
    void a_stream_whose_body_does_not_come_in_time_is_answered_with_408() throws Exception {
        try (RawFrames slow = new RawFrames(weir, 65_535)) {
            slow.request(
                    1,
                    true,
                    "POST",
                    "/v1/events",
                    "authorization",
                    "Bearer " + weir.key("backend"),
                    "content-type",
                    "application/cloudevents+json");
            slow.frame(RawFrames.DATA, 0, 1, new byte[] {'{'});
            assertEquals("408", slow.status(1));
        }
    }

    @Test
    void a_stream_whose_answer_is_not_taken_is_cancelled() throws Exception {
        try (RawFrames deaf = new RawFrames(weir, 0)) {
            deaf.request(1, false, "GET", "/v1/openapi.json");
            assertEquals("200", deaf.status(1));
            Frame end = deaf.await(frame -> frame.type() == RawFrames.RESET);
            assertEquals(CANCEL, end.number());
            assertEquals("404", deaf.request(3, false, "GET", "/none").status(3));
        }
        Eventually.holds("nothing waits any more", DoorTest::unread, bytes -> bytes == 0);
    }

    @Test
    void a_stream_that_is_refused_before_its_body_is_answered_then_reset_and_hinders_no_other() throws Exception {
        String backend = "Bearer " + weir.key("backend");
        try (RawFrames stranger = new RawFrames(weir, 65_535)) {
            stranger.request(1, true, "POST", "/v1/events");
            stranger.request(3, true, "POST", "/v1/events", "authorization", backend, "content-length", "5000000");
            stranger.request(5, true, "POST", "/v1/events", "authorization", backend, "content-encoding", "br");
            assertEquals("401", stranger.status(1));
            assertEquals("413", stranger.status(3));
            assertEquals("415", stranger.status(5));
            assertEquals("404", stranger.request(7, false, "GET", "/none").status(7));
            for (int stream = 1; stream <= 5; stream += 2) {
                stranger.frame(RawFrames.DATA, 0, stream, new byte[8_000]);
            }
            for (int stream = 1; stream <= 5; stream += 2) {
                assertEquals(NO_ERROR, stranger.reset(stream));
            }
            assertEquals("404", stranger.request(9, false, "GET", "/none").status(9));
        }
    }

    @Test
    void refused_uploads_that_end_are_not_reset_and_their_connection_goes_on() throws Exception {
        try (RawFrames stranger = new RawFrames(weir, 65_535)) {
            for (int stream = 1; stream < 100; stream += 2) {
                stranger.request(stream, true, "POST", "/v1/events");
                stranger.frame(RawFrames.DATA, RawFrames.END_STREAM, stream, new byte[8_000]);
                assertEquals("401", stranger.status(stream));
            }
            assertEquals("404", stranger.request(101, false, "GET", "/none").status(101));
        }
    }

    @Test
    void every_refusal_of_a_caller_who_is_still_sending_closes() throws IOException {
        String partner = weir.newKey(tierOfOneRequest(), "usage:write");
        assertRefused("401", "POST /v1/events", "");
        assertRefused("403", "POST /v1/billing-runs", auth("backend"));
        assertRefused("404", "POST /v1/nothing", auth("admin"));
        assertRefused("405", "DELETE /v1/events", auth("admin"));
        assertRefused("413", "POST /v1/events", auth("backend"));
        assertRefused("415", "POST /v1/events", auth("backend") + "Content-Encoding: br\r\n");
        weir.call(partner, "POST", "/v1/events", "{}");
        assertRefused("429", "POST /v1/events", auth(partner));
    }

    private static String tierOfOneRequest() {
        try (Connection sql = weir.database();
                Statement statement = sql.createStatement()) {
            statement.execute("""
                    insert into access_tier (tenant, tier, requests_per_second, requests_burst, events_per_second, events_burst)
                    select tenant, 'one', 1, 1, 1, 1 from access_tier where tenant = 'demo' and tier = 'partner'
                    """);
            return "one";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String auth(String role) {
        return "Authorization: Bearer " + weir.key(role) + "\r\n";
    }

    /** Refused by its head alone; what it sends after that is taken and dropped, and then the connection ends. */
    private static void assertRefused(String status, String line, String headers) throws IOException {
        int length = 5_000_000;
        try (RawCall call = new RawCall(weir)) {
            call.send(line + " HTTP/1.1\r\nHost: weir\r\n" + headers + "Content-Length: " + length + "\r\n\r\n")
                    .upload(200_000);
            String answer = call.untilClosed();
            assertTrue(answer.startsWith("HTTP/1.1 " + status), line + ": " + answer);
            assertTrue(answer.toLowerCase(Locale.ROOT).contains("connection: close"), answer);
            assertTrue(answer.contains("application/problem+json"), answer);
        }
    }
}
