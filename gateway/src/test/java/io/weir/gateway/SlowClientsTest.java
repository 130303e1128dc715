package io.weir.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A thousand clients at once that write, or read, hardly anything or nothing: the node's memory stays within what follows from its
 * settings, others are served, all are let go, and all is given back. The node is a process of its own, with the memory that it
 * ships with.
 */
class SlowClientsTest {
    private static final int OF_EACH_KIND = 250;
    private static final int CLIENTS = OF_EACH_KIND * Kind.values().length;
    private static final long UNREAD_BYTES = 32L << 20;
    private static final long BODY_BYTES = 12L << 20;
    /** What the others have under way beside the tenant of the slow ones. */
    private static final long OTHERS_BYTES = 4_096;

    private static final int STREAMS = 200;
    private static final int DEADLINE_MILLIS = 5_000;
    private static final Duration LET_GO = Duration.ofSeconds(25);
    private static final int WARM = 50;
    private static final long TURN_NANOS = 100_000_000;
    private static final Duration SERVED = Duration.ofSeconds(1);
    private static final Duration SERVED_AT_WORST = Duration.ofSeconds(10);

    /** The formula of ARCHITECTURE.md, and some ease for what the others' calls leave in caches meanwhile. */
    private static final NodeMemory MOST = new NodeMemory(
            2 * BODY_BYTES + STREAMS * (640L << 10) + CLIENTS * (16L << 10) + (16L << 20),
            UNREAD_BYTES + CLIENTS * (64L << 10));

    private static final NodeMemory LEFT = new NodeMemory(16L << 20, 16L << 20);

    private static RunningNode weir;
    private static String other = "";

    /** What a client is slow at. */
    enum Kind {
        HEAD(20, new SlowClient.Pace(1, 64), new SlowClient.Pace(0, 64)),
        /** What all of them begin with is more than the budget of bodies. */
        BODY(200_000, new SlowClient.Pace(200, 64), new SlowClient.Pace(0, 64)),
        /** What all of them ask for is more than the budget of answers. */
        ANSWERS(10_000, new SlowClient.Pace(0, 64), new SlowClient.Pace(0, 0)),
        /** They go on sending. */
        RECEIPTS(2_000, new SlowClient.Pace(4_000, 64), new SlowClient.Pace(4_000, 0));

        private final int begins;
        private final SlowClient.Pace slow;
        private final SlowClient.Pace still;

        Kind(int begins, SlowClient.Pace slow, SlowClient.Pace still) {
            this.begins = begins;
            this.slow = slow;
            this.still = still;
        }

        /** Half of them go on slowly, half not at all. */
        List<SlowClient> make() throws IOException {
            byte[] says = says().getBytes(US_ASCII);
            List<SlowClient> made = new ArrayList<>();
            for (int i = 0; i < OF_EACH_KIND; i++) {
                made.add(new SlowClient(weir, says, begins, i % 2 == 0 ? slow : still));
            }
            return made;
        }

        private String says() {
            String post = "POST /v1/events HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer " + weir.key(other) + "\r\n";
            return switch (this) {
                case HEAD -> "GET /v1/usage HTTP/1.1\r\nHost: weir\r\nX: " + "x".repeat(4_000);
                case BODY ->
                    post + "Content-Type: application/cloudevents+json\r\nContent-Length: 4000000\r\n\r\n{\"data\":\""
                            + "x".repeat(300_000);
                case ANSWERS -> "GET /v1/openapi.json HTTP/1.1\r\nHost: weir\r\n\r\n".repeat(40);
                case RECEIPTS ->
                    post + "Content-Type: application/x-ndjson\r\nAccept: application/x-ndjson\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + chunk(wrong()).repeat(1_000);
            };
        }
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    /** An event with so many things wrong that its receipt is many times as long. */
    private static String wrong() {
        StringBuilder event = new StringBuilder(
                "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"/slow\",\"type\":\"api.request\"");
        for (int i = 0; i < 30; i++) {
            event.append(",\"-").append(i).append("\":1");
        }
        return event + "}\n";
    }

    @BeforeAll
    static void start() {
        String deadline = Integer.toString(DEADLINE_MILLIS);
        Map<String, String> settings = new TreeMap<>();
        for (String name : List.of(
                "DOOR_HEAD_TIMEOUT", "DOOR_ANSWER_TIMEOUT", "HTTP_BODY_TIMEOUT", "STREAMS_READ", "STREAMS_GAP")) {
            settings.put("WEIR_" + name + "_MILLIS", deadline);
        }
        settings.put("WEIR_DOOR_MAX_UNREAD_BYTES", Long.toString(UNREAD_BYTES));
        settings.put("WEIR_OVERLOAD_MAX_TENANT_BODY_BYTES", Long.toString(BODY_BYTES));
        settings.put("WEIR_STREAMS_MAX_OPEN", Integer.toString(STREAMS));
        weir = RunningNode.apart(settings);
        other = weir.newKeyOf("other", "standard", "usage:write");
        for (int i = 0; i < WARM; i++) {
            serveAnother();
        }
        assertEquals(
                415,
                weir.call(other, "POST", "/v1/events", "x", "Content-Type", "text/plain")
                        .status());
    }

    @AfterAll
    static void stop() {
        weir.close();
    }

    @Test
    void a_thousand_slow_clients_cost_little_and_are_let_go() throws Exception {
        NodeMemory before = NodeMemory.of(weir);
        int connections = metric("weir_http_connections");
        Map<Kind, List<SlowClient>> clients = new EnumMap<>(Kind.class);
        AtomicBoolean over = new AtomicBoolean();
        FutureTask<Seen> seen = new FutureTask<>(() -> look(over));
        Thread turning = Thread.ofPlatform().unstarted(() -> turn(clients, over));
        try {
            for (Kind kind : Kind.values()) {
                clients.put(kind, kind.make());
            }
            turning.start();
            Thread.ofPlatform().start(seen);
            serveOthers(connections);
        } finally {
            over.set(true);
            turning.join();
            for (List<SlowClient> kind : clients.values()) {
                for (SlowClient client : kind) {
                    client.close();
                }
            }
        }
        System.out.println("slow clients: before " + before + "; " + seen.get() + "; " + statuses(clients));
        seen.get().hold(before);
        letGo(statuses(clients));
        givenBack(before);
    }

    /** What was seen while they were there, each at its most. */
    private record Seen(int connections, long unread, long bodies, long streams, NodeMemory memory) {
        static Seen now() throws IOException {
            NodeMemory memory = NodeMemory.of(weir);
            return new Seen(
                    metric("weir_http_connections"),
                    metric("weir_http_unread_bytes"),
                    metric("weir_http_body_bytes"),
                    metric("weir_streams_open"),
                    memory);
        }

        Seen most(Seen then) {
            return new Seen(
                    Math.max(connections, then.connections),
                    Math.max(unread, then.unread),
                    Math.max(bodies, then.bodies),
                    Math.max(streams, then.streams),
                    memory.most(then.memory));
        }

        void hold(NodeMemory before) {
            assertTrue(connections > CLIENTS / 2, "they were there at once: " + this);
            assertTrue(bodies <= BODY_BYTES + OTHERS_BYTES && streams <= STREAMS, toString());
            NodeMemory grown = memory.less(before);
            assertTrue(grown.within(MOST), "grown by " + grown + ", and by the settings at most by " + MOST);
        }
    }

    private static Seen look(AtomicBoolean over) throws IOException {
        Seen most = Seen.now();
        while (!over.get()) {
            most = most.most(Seen.now());
        }
        return most;
    }

    private static int metric(String name) {
        return weir.metric(name).intValue();
    }

    /** Calls as others do, until all are let go. */
    private static void serveOthers(int connections) {
        long begin = System.nanoTime();
        List<Long> waits = new ArrayList<>();
        do {
            long asked = System.nanoTime();
            serveAnother();
            waits.add(System.nanoTime() - asked);
            int open = metric("weir_http_connections");
            assertTrue(System.nanoTime() - begin < LET_GO.toNanos(), open + " are not let go");
            LockSupport.parkNanos(TURN_NANOS);
        } while (metric("weir_http_connections") > connections);
        waits.sort(null);
        Duration median = Duration.ofNanos(waits.get(waits.size() / 2));
        Duration longest = Duration.ofNanos(waits.getLast());
        assertTrue(median.compareTo(SERVED) < 0, "others waited mostly for " + median);
        assertTrue(longest.compareTo(SERVED_AT_WORST) < 0, "another waited for " + longest);
    }

    private static void serveAnother() {
        assertEquals(
                200,
                weir.get("support", "/v1/customers/cust-049/entitlements/llm_tokens")
                        .status());
        assertEquals(202, weir.post(List.of(Events.event("ws-041")), "accepted").status());
    }

    private static void turn(Map<Kind, List<SlowClient>> clients, AtomicBoolean over) {
        ByteBuffer scratch = ByteBuffer.allocateDirect(256);
        while (!over.get()) {
            clients.values().forEach(kind -> kind.forEach(client -> client.turn(scratch)));
            LockSupport.parkNanos(TURN_NANOS);
        }
    }

    private static Map<String, Integer> statuses(Map<Kind, List<SlowClient>> clients) {
        Map<String, Integer> statuses = new TreeMap<>();
        clients.forEach(
                (kind, all) -> all.forEach(client -> statuses.merge(kind + " " + client.status(), 1, Integer::sum)));
        return statuses;
    }

    /** Each kind was bounded, and ended, by its own rule. */
    private static void letGo(Map<String, Integer> statuses) {
        for (String some : List.of("HEAD 408", "BODY 408", "BODY 503", "ANSWERS 200", "RECEIPTS 207", "RECEIPTS 503")) {
            assertTrue(statuses.containsKey(some), some + " is none of " + statuses);
        }
        for (String reason : List.of("slow_head", "slow_reader", "unread")) {
            assertTrue(metric("weir_http_refused_total{reason=\"" + reason + "\"}") > 0, reason);
        }
    }

    private static void givenBack(NodeMemory before) throws IOException {
        for (String held : List.of("weir_http_unread_bytes", "weir_http_body_bytes", "weir_streams_open")) {
            Eventually.holds(held + " is 0 again", () -> metric(held), none -> none == 0);
        }
        NodeMemory left = NodeMemory.of(weir).less(before);
        assertTrue(left.within(LEFT), "left behind: " + left);
    }
}
