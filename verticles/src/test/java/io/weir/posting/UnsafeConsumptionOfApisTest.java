package io.weir.posting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.settings.WeirSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OWASP API10:2023: an ERP that answers anything at all; what comes of it is an outcome, in bounded time and memory. */
class UnsafeConsumptionOfApisTest {
    private static final long DEADLINE_MILLIS = 700;
    private static final int MOST_BYTES = 10_000;

    private static Vertx vertx;
    private static NetSuiteClient client;

    /** What a hostile server does with a connection that has asked. */
    private interface Hostility {
        void answer(OutputStream out) throws IOException;
    }

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        WeirSettings.Posting settings =
                new WeirSettings.Posting(50, 3_000, 20, 4, (int) DEADLINE_MILLIS, 3, 400, 20, 400, MOST_BYTES);
        client = new NetSuiteClient(vertx.createHttpClient(), settings);
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** What a look-up comes to at a server that answers so. */
    private static ErpOutcome looked(Hostility hostility) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try (Socket caller = server.accept()) {
                        byte[] asked = new byte[8_192];
                        if (caller.getInputStream().read(asked) > 0) {
                            hostility.answer(caller.getOutputStream());
                        }
                    } catch (IOException over) {
                        continue;
                    }
                }
            });
            Connection to = new Connection(
                    "demo", "erp-hostile", "netsuite", "http://127.0.0.1:" + server.getLocalPort(), "s3cret", false);
            long begin = System.nanoTime();
            Future<ErpOutcome> outcome = client.find(to, "EXT-1");
            ErpOutcome found = outcome.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertTrue(
                    System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(10 * DEADLINE_MILLIS),
                    "it took too long");
            assertFalse(found.toString().contains("s3cret"), "the credential is in the outcome");
            assertFalse(found.toString().contains("\0"), "NUL is in the outcome: no table would take it");
            return found;
        }
    }

    private static ErpOutcome answered(int status, String headers, String body) throws Exception {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return looked(out -> out.write(
                ("HTTP/1.1 " + status + " X\r\n" + headers + "Content-Length: " + bytes.length + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void a_body_without_end_is_cut_off() throws Exception {
        ErpOutcome outcome = looked(out -> {
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            byte[] chunk = ("2000\r\n" + "x".repeat(0x2000) + "\r\n").getBytes(StandardCharsets.UTF_8);
            while (true) {
                out.write(chunk);
            }
        });
        assertInstanceOf(ErpOutcome.Ambiguous.class, outcome);
    }

    @Test
    void bytes_that_drip_are_cut_off() throws Exception {
        ErpOutcome outcome = looked(out -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            while (true) {
                out.write('x');
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            }
        });
        assertInstanceOf(ErpOutcome.Ambiguous.class, outcome);
    }

    @Test
    void a_redirect_is_not_followed() throws Exception {
        AtomicInteger came = new AtomicInteger();
        try (ServerSocket elsewhere = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket caller = elsewhere.accept()) {
                    came.incrementAndGet();
                } catch (IOException closed) {
                    return;
                }
            });
            for (int status : List.of(301, 302, 303, 307, 308)) {
                String there = "Location: http://127.0.0.1:" + elsewhere.getLocalPort() + "/\r\n";
                assertInstanceOf(ErpOutcome.Rejected.class, answered(status, there, ""));
            }
        }
        assertEquals(0, came.get(), "the credential would have gone elsewhere");
    }

    @Test
    void a_bomb_is_not_unpacked() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(new byte[50_000_000]);
        }
        ErpOutcome outcome = looked(out -> {
            out.write(("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + packed.size() + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            out.write(packed.toByteArray());
        });
        assertInstanceOf(ErpOutcome.Failed.class, outcome);
    }

    @Test
    void what_is_no_json_or_another_json_is_a_failure_that_says_little() throws Exception {
        for (String body : List.of(
                "",
                "null",
                "[]",
                "{}",
                "<html>",
                "{\"id\":{}}",
                "{\"id\":[1]}",
                "{\"id\":\"\"}",
                "{\"id\":null}",
                "{\"id\":",
                "[".repeat(5_000),
                "\u0000\u0001\u001b[2J",
                "{\"o:errorDetails\":[{\"detail\":5,\"o:errorCode\":{}}]}",
                "{\"o:errorDetails\":{}}",
                "\ufeff{}",
                "x".repeat(100_000))) {
            ErpOutcome outcome = answered(200, "", body);
            assertInstanceOf(ErpOutcome.Failed.class, outcome, body.substring(0, Math.min(40, body.length())));
            assertTrue(outcome.toString().length() < 5_000, "it is kept with the attempt");
        }
    }

    @Test
    void an_id_that_is_none_is_not_believed() throws Exception {
        for (String id : List.of("x".repeat(3_000), "1\\u0000", "1\\n2", "../../invoice", "<b>")) {
            assertInstanceOf(ErpOutcome.Failed.class, answered(200, "", "{\"id\":\"" + id + "\"}"), id);
        }
        assertEquals(new ErpOutcome.Stands("10001"), answered(200, "", "{\"id\":\"10001\"}"));
    }

    @Test
    void an_answer_that_is_no_http_is_ambiguous() throws Exception {
        for (String bytes :
                List.of("", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nX: " + "y".repeat(100_000) + "\r\n\r\n")) {
            ErpOutcome outcome = looked(out -> out.write(bytes.getBytes(StandardCharsets.UTF_8)));
            assertInstanceOf(ErpOutcome.Ambiguous.class, outcome);
        }
    }
}
