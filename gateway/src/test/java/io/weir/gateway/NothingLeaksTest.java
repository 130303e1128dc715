package io.weir.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.weir.schemas.Json;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** A lost buffer fails the build, and clients that go in the middle of a body lose none. */
class NothingLeaksTest {
    private static final int CLIENTS = 5;
    /** More than the node reads of a body that it does not go on with, and less than would stop a blocking client. */
    private static final int UPLOADED_BYTES = 1_500_000;

    private static final int FRAME_BYTES = 16_000;
    private static final String EVENT = Json.text(Events.event("ws-077"));

    private static RunningNode weir;
    private static String thin = "";

    @BeforeAll
    static void start() {
        weir = RunningNode.start(Map.of("WEIR_STREAMS_WAIT_MILLIS", "300"));
        Map<String, Object> hardlyAny = Map.of("eventsPerSecond", 1, "eventsBurst", 1_000);
        assertEquals(
                201,
                weir.call("admin", "PUT", "/v1/access-tiers/hardly-any", hardlyAny)
                        .status());
        thin = weir.newKey("hardly-any", "usage:write");
    }

    @AfterAll
    static void stop() {
        weir.close();
    }

    /** What a client is about that goes. */
    enum Going {
        REFUSED_401("", "Content-Length: 4000000\r\n", "HTTP/1.1 401"),
        REFUSED_413("backend", "Content-Length: 5000000\r\n", "HTTP/1.1 413"),
        REFUSED_415("backend", "Content-Encoding: br\r\nContent-Length: 4000000\r\n", "HTTP/1.1 415"),
        WAITING_FOR_TOKENS(
                "thin",
                "Content-Type: application/x-ndjson\r\nAccept: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n",
                "HTTP/1.1 207"),
        UPLOADING("backend", "Content-Type: application/cloudevents+json\r\nTransfer-Encoding: chunked\r\n", "");

        private final String role;
        private final String headers;
        private final String answered;

        Going(String role, String headers, String answered) {
            this.role = role;
            this.headers = headers;
            this.answered = answered;
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_client_that_goes_in_the_middle_of_a_body_loses_no_buffer(Going going) throws IOException {
        int before = connections();
        String line = EVENT + "\n";
        byte[] chunk = (Integer.toHexString(line.length()) + "\r\n" + line + "\r\n").getBytes(US_ASCII);
        for (int i = 0; i < CLIENTS; i++) {
            try (RawCall client = new RawCall(weir)) {
                client.send(head(going)).upload(chunk, UPLOADED_BYTES);
                if (!going.answered.isEmpty()) {
                    assertTrue(client.status().startsWith(going.answered));
                }
            }
        }
        assertNothingIsLost(before);
    }

    @Test
    void a_client_that_goes_with_a_body_behind_another_request_loses_no_buffer() throws IOException {
        int before = connections();
        String head = head(Going.UPLOADING);
        String whole = Integer.toHexString(EVENT.length()) + "\r\n" + EVENT + "\r\n0\r\n\r\n";
        for (int i = 0; i < CLIENTS; i++) {
            try (RawCall client = new RawCall(weir)) {
                client.send(head + whole + head + "4000\r\n" + "x".repeat(0x4000) + "\r\n");
            }
        }
        assertNothingIsLost(before);
    }

    @Test
    void a_client_that_goes_in_the_middle_of_bodies_over_http_2_loses_no_buffer() throws IOException {
        int before = connections();
        for (int i = 0; i < CLIENTS; i++) {
            try (RawFrames client = new RawFrames(weir, 65_535)) {
                String backend = "Bearer " + weir.key("backend");
                client.request(1, true, "POST", "/v1/events");
                client.request(3, true, "POST", "/v1/events", "authorization", backend, "content-length", "5000000");
                client.request(
                        5,
                        true,
                        "POST",
                        "/v1/events",
                        "authorization",
                        backend,
                        "content-type",
                        "application/x-ndjson");
                for (int stream = 1; stream <= 5; stream += 2) {
                    client.frame(RawFrames.DATA, 0, stream, new byte[FRAME_BYTES]);
                }
                assertEquals("401", client.status(1));
                assertEquals("413", client.status(3));
                client.frame(RawFrames.DATA, 0, 5, new byte[FRAME_BYTES]);
            }
        }
        assertNothingIsLost(before);
    }

    private static String head(Going going) {
        String role = going.role.equals("thin") ? thin : going.role;
        return "POST /v1/events HTTP/1.1\r\nHost: weir\r\n"
                + (role.isEmpty() ? "" : "Authorization: Bearer " + weir.key(role) + "\r\n") + going.headers + "\r\n";
    }

    private static int connections() {
        return weir.metric("weir_http_connections").intValue();
    }

    private static void assertNothingIsLost(int before) {
        Eventually.holds("they are gone", NothingLeaksTest::connections, open -> open <= before);
        for (int i = 0; i < 3; i++) {
            NothingLeaks.look();
        }
        NothingLeaks.check();
    }

    @Test
    void a_buffer_that_is_lost_is_told_of_with_where_it_was_made() {
        assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
        lose();
        Eventually.holds(
                "told",
                () -> {
                    NothingLeaks.look();
                    return NothingLeaks.take(report -> report.contains("NothingLeaksTest.lose"))
                            .size();
                },
                told -> told == 1);
    }

    private static void lose() {
        PooledByteBufAllocator.DEFAULT.buffer(16).writeByte(1);
    }

    @Test
    void what_is_told_fails_the_class_once() {
        LoggerFactory.getLogger(NothingLeaks.DETECTOR).error("LEAK: as Netty tells it");
        AssertionError failure = assertThrows(AssertionError.class, NothingLeaks::check);
        assertTrue(failure.toString().contains("as Netty tells it"));
        NothingLeaks.check();
    }
}
