package io.weir.loadtest.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BuiltInGeneratorTest {
    private static final Duration SHORT = Duration.ofMillis(700);
    private static final Requests.Turn TURN = new Requests.Turn("t01", "2026-11-20T05:00:00Z");

    private final Set<String> ids = ConcurrentHashMap.newKeySet();
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicInteger status = new AtomicInteger(202);
    private HttpServer server = unstarted();

    private static HttpServer unstarted() {
        try {
            return HttpServer.create();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
            body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
        }
        requests.incrementAndGet();
        if (body.length > 0) {
            JsonNode json = JsonMapper.builder().build().readTree(body);
            Iterable<JsonNode> all = json.isArray() ? json : java.util.List.of(json);
            all.forEach(event -> {
                events.incrementAndGet();
                ids.add(event.path("id").asString());
            });
        }
        byte[] answer = "{\"accepted\":1}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        exchange.sendResponseHeaders(body.length > 0 ? status.get() : 200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private int port() {
        return server.getAddress().getPort();
    }

    @Test
    void every_event_of_every_request_has_an_id_of_its_own() {
        Measured single = new BuiltInGenerator(4).run(port(), Requests.single("h", "k", TURN), SHORT);
        Requests.Turn other = new Requests.Turn("t02", TURN.time());
        Measured batch = new BuiltInGenerator(4).run(port(), Requests.batch("h", "k", other, 100), SHORT);
        assertEquals(events.get(), ids.size());
        assertTrue(single.good() > 0 && batch.good() > 0);
        assertTrue(events.get() >= single.good() + 100 * batch.good());
        assertEquals(0, single.bad() + batch.bad());
    }

    @Test
    void compressed_batches_go_round_and_are_counted_by_their_different_events() {
        Requests.Pool pool = Requests.compressed("h", "k", TURN, 100, 5);
        Measured measured = new BuiltInGenerator(2).run(port(), pool, SHORT);
        assertTrue(measured.good() > 10, measured.toString());
        assertEquals(0, measured.bad());
        assertEquals(500, ids.size());
        assertEquals(300, pool.leastDistinct(measured, 2));
    }

    @Test
    void a_pool_is_sent_whole_before_anything_is_sent_again() {
        Requests.Pool pool = Requests.compressed("h", "k", TURN, 100, 100);
        Measured few = new Measured(40, 1, SHORT, 1, 1);
        assertEquals(1_500, pool.leastDistinct(few, 4));
        assertEquals(0, pool.leastDistinct(few, 64));
        List<RequestBuffers> senders = RequestBuffers.of(pool, 4);
        Set<String> sent = new HashSet<>();
        for (int request = 0; request < 100; request++) {
            sent.add(StandardCharsets.ISO_8859_1
                    .decode(senders.get(request % 4).next())
                    .toString());
        }
        assertEquals(Set.copyOf(pool.requests()), sent);
    }

    @Test
    void answers_are_counted_once_and_timed() {
        Measured measured = new BuiltInGenerator(2).run(port(), Requests.checks("h", "k"), SHORT);
        assertTrue(measured.good() <= requests.get());
        assertTrue(measured.good() >= requests.get() - 2);
        assertTrue(measured.p50Millis() > 0);
        assertTrue(measured.p99Millis() >= measured.p50Millis());
    }

    @Test
    void any_other_status_is_bad_and_makes_no_figure() {
        status.set(503);
        Measured measured = new BuiltInGenerator(2).run(port(), Requests.single("h", "k", TURN), SHORT);
        assertEquals(0, measured.good());
        assertTrue(measured.bad() > 0);
        assertThrows(BenchFailure.class, () -> measured.need("single"));
    }
}
