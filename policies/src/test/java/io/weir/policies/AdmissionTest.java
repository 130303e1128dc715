package io.weir.policies;

import static io.weir.policies.Door.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final int CAP = 100_000;
    private static final RefusedException REFUSED = new RefusedException(new Refusal.Unauthenticated("no"));

    private final Vertx vertx = Vertx.vertx();
    private final ReadBody readBody = new ReadBody(
            vertx,
            ValidateEventsTest.settings(CAP),
            Throttles.alone(System::nanoTime),
            new ByteBudget(1 << 30, 1 << 30));

    @AfterEach
    void close() {
        await(vertx.close());
    }

    @Test
    void policies_are_asked_in_their_order_and_the_first_refusal_ends_it() {
        AtomicInteger asked = new AtomicInteger();
        Policy counts = call -> {
            asked.incrementAndGet();
            return Future.succeededFuture(call);
        };
        try (Door door = new Door(vertx, new Admission(List.of(counts, refuses(), counts)), call -> "in")) {
            assertTrue(door.send(door.request()).body().startsWith("Unauthenticated"));
        }
        assertEquals(1, asked.get());
    }

    @Test
    void no_byte_of_a_body_is_lost_while_policies_wait() {
        String body = "x".repeat(CAP);
        Admission admission = new Admission(List.of(waits(20), waits(0), readBody, waits(5)));
        try (Door door = new Door(vertx, admission, call -> call.bytes().toString())) {
            for (int i = 0; i < 5; i++) {
                assertEquals(body, door.send(post(door, body)).body());
                assertEquals("", door.send(post(door, "")).body());
            }
        }
    }

    @Test
    void a_connection_goes_on_behind_a_call_whose_body_nobody_reads() {
        try (Door door = new Door(vertx, new Admission(List.of(waits(5))), call -> "in")) {
            for (int i = 0; i < 3; i++) {
                assertEquals("in", door.send(door.request()).body());
                assertEquals("in", door.send(post(door, "x".repeat(10))).body());
            }
        }
        try (Door door = new Door(vertx, new Admission(List.of(waits(5), refuses(), readBody)), call -> "in")) {
            for (int i = 0; i < 3; i++) {
                assertTrue(door.send(post(door, "x".repeat(10))).body().startsWith("Unauthenticated"));
            }
        }
    }

    @Test
    void a_body_beyond_the_cap_is_refused_by_its_length_before_it_is_sent() throws IOException {
        try (Door door = new Door(vertx, new Admission(List.of(readBody)), call -> "in");
                Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            send(socket, "POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: " + (CAP + 1) + "\r\n\r\n");
            assertTrue(head(socket).startsWith("HTTP/1.1 400"));
        }
    }

    @Test
    void a_body_beyond_the_cap_is_refused_also_when_its_length_is_not_told() {
        byte[] body = new byte[CAP + 1];
        try (Door door = new Door(
                vertx,
                new Admission(List.of(readBody)),
                call -> "in " + call.bytes().length())) {
            assertTrue(door.send(chunked(door, body)).body().startsWith("TooLarge"));
            assertEquals("in " + CAP, door.send(chunked(door, new byte[CAP])).body());
        }
    }

    @Test
    void a_body_that_does_not_come_is_refused_in_time() throws IOException {
        try (Door door = new Door(vertx, new Admission(List.of(readBody)), call -> "in");
                Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            send(socket, "POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfive.");
            assertTrue(head(socket).startsWith("HTTP/1.1 400"));
        }
    }

    @Test
    void who_waits_for_a_go_on_sends_no_body_to_a_refusal() throws IOException {
        String request = "POST /v1/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        try (Door door = new Door(vertx, new Admission(List.of(refuses(), readBody)), call -> "in");
                Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            send(socket, request);
            assertTrue(head(socket).startsWith("HTTP/1.1 400"));
        }
        try (Door door = new Door(vertx, new Admission(List.of(waits(5), readBody)), call -> "in");
                Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            send(socket, request);
            assertTrue(head(socket).startsWith("HTTP/1.1 100"));
            send(socket, "ok");
            assertTrue(head(socket).startsWith("HTTP/1.1 200"));
        }
    }

    @Test
    void a_compressed_body_is_refused() {
        try (Door door = new Door(vertx, new Admission(List.of(readBody)), call -> "in")) {
            assertTrue(door.send(post(door, "x").header("Content-Encoding", "gzip"))
                    .body()
                    .startsWith("UnsupportedMediaType"));
            assertEquals(
                    "in",
                    door.send(post(door, "x").header("Content-Encoding", "identity"))
                            .body());
        }
    }

    @Test
    void a_caller_needs_one_of_the_scopes() {
        Policy passes = new Authorize(Scope.USAGE_READ, Scope.BILLING_RUN);
        try (Door door = new Door(vertx, new Admission(List.of(passes)), call -> "in")) {
            assertEquals("in", door.send(door.request()).body());
        }
    }

    @Test
    void every_answer_says_the_limit_and_what_is_left() {
        AtomicLong nanos = new AtomicLong();
        Throttle throttle = Throttles.alone(nanos::get);
        AccessTier tier = EnvelopeTest.caller().tier();
        try (Door door = new Door(vertx, throttle.requests(), call -> "in")) {
            for (long left = tier.requests().orElseThrow().burst() - 1; left >= 0; left--) {
                HttpResponse<String> answer = door.send(door.request());
                assertEquals("in", answer.body());
                assertEquals("\"requests\";r=" + left + ";t=1", header(answer, "RateLimit"));
                assertTrue(header(answer, "RateLimit-Policy").startsWith("\"requests\";q=20;w=1, \"events\";q=500"));
            }
            HttpResponse<String> refused = door.send(door.request());
            assertEquals("Throttled[violated=[requests], retryAfterSeconds=1]", refused.body());
            assertEquals("\"requests\";r=0;t=1", header(refused, "RateLimit"));
            nanos.addAndGet(1_000_000_000);
            assertEquals("in", door.send(door.request()).body());
        }
    }

    @Test
    void a_credentials_first_calls_at_once_get_one_burst_among_them() throws InterruptedException, ExecutionException {
        Throttle throttle = Throttles.alone(() -> 0);
        AtomicInteger in = new AtomicInteger();
        List<Door> doors = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 4; i++) {
                doors.add(new Door(vertx, throttle.requests(), call -> "" + in.incrementAndGet()));
            }
            List<CompletableFuture<?>> sent = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Door door = doors.get(i % 4);
                sent.add(CompletableFuture.runAsync(() -> door.send(door.request()), threads));
            }
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get();
        } finally {
            doors.forEach(Door::close);
        }
        assertEquals(EnvelopeTest.caller().tier().requests().orElseThrow().burst(), in.get());
    }

    private static Policy refuses() {
        return call -> Future.failedFuture(REFUSED);
    }

    private Policy waits(long millis) {
        return call -> {
            Promise<Call> waited = Promise.promise();
            if (millis == 0) {
                vertx.runOnContext(go -> waited.complete(call));
            } else {
                vertx.setTimer(millis, go -> waited.complete(call));
            }
            return waited.future();
        };
    }

    private static HttpRequest.Builder post(Door door, String body) {
        return door.request().POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private static HttpRequest.Builder chunked(Door door, byte[] body) {
        return door.request().POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)));
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** An answer's head; what follows it is left. */
    private static String head(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = in.read();
            if (read < 0) {
                break;
            }
            head.append((char) read);
        }
        return head.toString();
    }
}
