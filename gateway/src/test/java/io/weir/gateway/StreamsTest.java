package io.weir.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.weir.schemas.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Events as lines: short ones as a batch, long ones as a stream that is answered while it goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamsTest {
    private static final String LINES = "application/x-ndjson";

    private final RunningNode weir = RunningNode.start(Map.of(
            "WEIR_STREAMS_MAX_OPEN", "3",
            "WEIR_STREAMS_GAP_MILLIS", "1500",
            "WEIR_STREAMS_TICK_MILLIS", "100",
            "WEIR_STREAMS_WAIT_MILLIS", "3000",
            "WEIR_STREAMS_READ_MILLIS", "1000"));
    private final Contract contract = new Contract();
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicLong ids = new AtomicLong();

    @AfterAll
    void leave_nothing_running() {
        client.close();
        weir.close();
    }

    @Test
    void lines_that_end_soon_are_answered_as_a_batch() {
        Reply accepted = post(line() + line(), "accepted");
        assertEquals(202, accepted.status(), accepted.toString());
        assertEquals(2, accepted.json().path("accepted").asInt());
        assertEquals("application/json", accepted.header("content-type"));

        String again = line();
        Reply mixed = post(again + "{oops\n" + line(), "accepted");
        assertEquals(207, mixed.status());
        assertEquals(1, mixed.json().at("/receipts/0/index").asInt());
        assertEquals("rejected", mixed.json().at("/receipts/0/status").asString());
        assertEquals(200, post(again, "recorded").status());
        assertEquals(422, post("{oops\n\n[]", "accepted").status());
        Reply strict = post(line() + "{oops", "accepted", "Prefer", "handling=strict");
        assertEquals(422, strict.status());
        assertEquals(1, strict.json().path("notTaken").asInt());
        assertEquals(
                202,
                weir.call("backend", "POST", "/v1/events/validation", line(), "Content-Type", LINES)
                        .status());
    }

    @Test
    void a_stream_is_answered_in_lines_with_receipts_of_what_was_not_plainly_taken() {
        StringBuilder body = new StringBuilder();
        String twice = line();
        assertEquals(200, post(twice, "recorded").status());
        for (int i = 0; i < 3_000; i++) {
            body.append(
                    i == 700
                            ? "{oops\r\n"
                            : i == 701 ? "x".repeat(300_000) + "\n" : i == 2_500 ? twice : "\n" + line());
        }
        HttpResponse<String> answer = stream(body.toString(), "recorded");
        assertEquals(207, answer.statusCode());
        assertEquals(LINES, answer.headers().firstValue("Content-Type").orElseThrow());
        List<JsonNode> lines = lines(answer.body());
        List<JsonNode> receipts =
                lines.stream().filter(line -> line.has("status")).toList();
        assertEquals(
                List.of(700, 701, 2_500),
                receipts.stream().map(receipt -> receipt.path("index").asInt()).toList());
        assertEquals("duplicate", receipts.getLast().path("status").asString());
        JsonNode last = lines.getLast();
        assertTrue(last.path("complete").asBoolean(), last.toString());
        assertEquals(3_000, last.path("through").asInt());
        assertEquals(2_997, last.path("recorded").asInt(), last.toString());
        assertEquals(2, last.path("rejected").asInt());
        assertEquals(1, last.path("duplicates").asInt());
    }

    @Test
    void every_receipt_is_told_in_order_to_a_caller_that_asks_for_it() {
        HttpResponse<String> answer =
                stream(line().repeat(2_000), "accepted", "Prefer", "return=representation", "Accept", LINES);
        List<JsonNode> receipts =
                lines(answer.body()).stream().filter(line -> line.has("status")).toList();
        assertEquals(2_000, receipts.size());
        for (int i = 0; i < receipts.size(); i++) {
            assertEquals(i, receipts.get(i).path("index").asInt());
        }
    }

    @Test
    void a_compressed_stream_is_read_like_any_other_and_hides_no_bomb() throws IOException {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            body.append(line());
        }
        for (String coding : List.of("gzip", "zstd")) {
            assertEquals(
                    202,
                    as("backend", compressed(coding, line().getBytes(UTF_8)), "Content-Encoding", coding)
                            .statusCode());
            JsonNode last = lines(as(
                                    "backend",
                                    compressed(coding, body.toString().getBytes(UTF_8)),
                                    "Content-Encoding",
                                    coding)
                            .body())
                    .getLast();
            assertEquals(20_000, last.path("accepted").asInt(), last.toString());

            byte[] bomb = (body + "\n".repeat(150 << 20)).getBytes(UTF_8);
            last = lines(as("backend", compressed(coding, bomb), "Content-Encoding", coding)
                            .body())
                    .getLast();
            assertEquals("/problems/too-large", last.at("/problem/type").asString(), last.toString());
            byte[] cut = compressed(coding, body.toString().getBytes(UTF_8));
            last = lines(as("backend", Arrays.copyOf(cut, cut.length - 3), "Content-Encoding", coding)
                            .body())
                    .getLast();
            assertEquals("/problems/unreadable", last.at("/problem/type").asString(), last.toString());
        }
    }

    @Test
    void a_caller_learns_what_is_durable_while_it_goes_on_sending() throws IOException {
        try (Sending sending = new Sending(weir, "Accept: " + LINES + "\r\n")) {
            assertTrue(sending.in.readLine().startsWith("HTTP/1.1 207"));
            for (int through = 1; through <= 3; through++) {
                sending.send(line());
                assertEquals(through, sending.next().path("through").asInt());
            }
            sending.send("{oops\n");
            assertEquals(3, sending.next().path("index").asInt());
            assertEquals(4, sending.next().path("through").asInt());
            sending.end();
            JsonNode last = sending.next();
            assertTrue(last.path("complete").asBoolean(), last.toString());
            assertEquals(3, last.path("accepted").asInt());
        }
    }

    @Test
    void a_stream_of_which_nothing_comes_is_ended_and_told_how_far_it_was_taken() throws IOException {
        try (Sending sending = new Sending(weir, "")) {
            sending.send(line().repeat(1_200) + "{\"unfinished");
            JsonNode last = sending.last();
            assertEquals(1_200, last.path("through").asInt(), last.toString());
            assertEquals("/problems/too-slow", last.at("/problem/type").asString());
        }
    }

    @Test
    void there_are_so_many_streams_at_once() throws IOException {
        String accept = "Accept: " + LINES + "\r\n";
        try (Sending one = new Sending(weir, accept);
                Sending two = new Sending(weir, accept);
                Sending three = new Sending(weir, accept)) {
            for (Sending open : List.of(one, two, three)) {
                assertTrue(open.in.readLine().contains(" 207"));
            }
            try (Sending four = new Sending(weir, accept)) {
                assertTrue(four.in.readLine().startsWith("HTTP/1.1 503"));
            }
            assertEquals(new BigDecimal("3.0"), weir.metric("weir_streams_open"));
            for (Sending open : List.of(one, two, three)) {
                open.end();
                assertTrue(open.last().path("complete").asBoolean());
            }
        }
    }

    @Test
    void a_caller_that_does_not_read_its_receipts_stops_the_reading_and_is_closed() throws IOException {
        try (Sending sending = new Sending(weir, "")) {
            long sent = 0;
            String wrong = "x\n".repeat(4_000);
            try {
                while (sent < 50L << 20) {
                    sending.send(wrong);
                    sent += wrong.length();
                }
            } catch (SocketException closed) {
                assertTrue(sent < 20L << 20, "the socket was not read on");
            }
            assertTrue(sent < 20L << 20, sent + " bytes were taken");
        }
        Eventually.holds(
                "closed",
                () -> weir.metric("weir_streams_ended_total{outcome=\"unread\"}"),
                ended -> ended.signum() > 0);
    }

    @Test
    void a_stream_without_tokens_waits_and_is_ended_where_that_takes_too_long() {
        String role = weir.newKey("partner", "usage:write");
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 1_900; i++) {
            body.append(line());
        }
        long begin = System.nanoTime();
        JsonNode last = lines(as(role, body.toString().getBytes(UTF_8)).body()).getLast();
        assertEquals(1_900, last.path("accepted").asInt(), last.toString());
        assertTrue(System.nanoTime() - begin > 1_000_000_000L, "500 a second beyond the first 1,000");
    }

    @Test
    void a_long_stream_takes_no_more_memory_than_a_short_one() throws IOException {
        AtomicLong most = new AtomicLong();
        long before = used();
        try (Sending sending = new Sending(weir, "Accept: " + LINES + "\r\n")) {
            Thread reading = Thread.ofVirtual().start(sending::drain);
            for (long sent = 0, next = 0; sent < 40L << 20; ) {
                StringBuilder lines = new StringBuilder();
                for (int i = 0; i < 1_000; i++) {
                    lines.append(line());
                }
                sending.send(lines.toString());
                sent += lines.length();
                if (sent >= next) {
                    next += 10L << 20;
                    most.accumulateAndGet(used(), Math::max);
                }
            }
            sending.end();
            reading.join(30_000);
            JsonNode last = sending.drained;
            assertTrue(last.path("complete").asBoolean(), last.toString());
            assertEquals(last.path("through").asLong(), last.path("accepted").asLong());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertTrue(most.get() - before < 100 << 20, (most.get() - before >> 20) + " MiB more");
    }

    @Test
    void a_node_that_stops_ends_its_streams_in_order() throws IOException {
        RunningNode stopping = RunningNode.start(Map.of());
        try (Sending sending = new Sending(stopping, "Accept: " + LINES + "\r\n")) {
            assertTrue(sending.in.readLine().startsWith("HTTP/1.1 207"));
            sending.send(line());
            Eventually.holds("taken", () -> stopping.metric("weir_streams_lines_total"), taken -> taken.signum() > 0);
            Thread stop = Thread.ofVirtual().start(stopping::close);
            JsonNode last = sending.last();
            assertEquals(1, last.path("through").asInt());
            assertEquals(503, last.at("/problem/status").asInt());
            stop.join(20_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            stopping.close();
        }
    }

    private String line() {
        return "{\"specversion\":\"1.0\",\"id\":\"l-" + ids.incrementAndGet()
                + "\",\"source\":\"/streams\",\"type\":\"api.request\",\"subject\":\"ws-0"
                + (10 + ids.get() % 80) + "\",\"data\":{\"requests\":1,\"bytes\":10,\"region\":\"eu\"}}\n";
    }

    private Reply post(String body, String until, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", LINES));
        all.addAll(List.of(headers));
        return weir.call("backend", "POST", "/v1/events?until=" + until, body, all.toArray(String[]::new));
    }

    private HttpResponse<String> stream(String body, String until, String... headers) {
        List<String> all = new ArrayList<>(List.of("until", until));
        all.addAll(List.of(headers));
        return as("backend", body.getBytes(UTF_8), all.toArray(String[]::new));
    }

    private HttpResponse<String> as(String role, byte[] body, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        String until = !all.isEmpty() && all.getFirst().equals("until") ? "?until=" + all.remove(1) : "";
        if (!until.isEmpty()) {
            all.removeFirst();
        }
        all.addAll(List.of("Content-Type", LINES, "Authorization", "Bearer " + weir.key(role)));
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create(weir.url() + "/v1/events" + until))
                            .version(HttpClient.Version.HTTP_1_1)
                            .headers(all.toArray(String[]::new))
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The lines of an answer, each as documented. */
    private List<JsonNode> lines(String body) {
        return body.lines()
                .map(line -> {
                    JsonNode read = Json.tree(line);
                    assertEquals(
                            List.of(),
                            contract.schema("events-line").validate(read).stream()
                                    .map(Object::toString)
                                    .toList(),
                            line);
                    return read;
                })
                .toList();
    }

    private static byte[] compressed(String coding, byte[] text) throws IOException {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        try (OutputStream out =
                coding.equals("gzip") ? new GZIPOutputStream(to) : new ZstdOutputStreamNoFinalizer(to)) {
            out.write(text);
        }
        return to.toByteArray();
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
