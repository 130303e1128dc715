package io.weir.loadtest.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** What a load generator sends: complete HTTP/1.1 requests, as text in which every character is one byte. */
sealed interface Requests {
    int SLOT_DIGITS = 12;
    String BATCH_TYPE = "application/cloudevents-batch+json";

    /** How many events one request carries; 1 where it carries none. */
    int perRequest();

    /** The only status that counts. */
    int expectedStatus();

    /** Requests sent one after another, round and round. */
    record Fixed(List<String> requests) implements Requests {
        public Fixed {
            requests = List.copyOf(requests);
        }

        @Override
        public int perRequest() {
            return 1;
        }

        @Override
        public int expectedStatus() {
            return 200;
        }
    }

    /**
     * One request that is never the same: between each two fragments stands a slot of {@link #SLOT_DIGITS} digits, the same
     * in all slots of a request and different in every request (two digits of the sender, ten of its counter).
     */
    record Unique(List<String> fragments, int perRequest, int expectedStatus) implements Requests {
        public Unique {
            fragments = List.copyOf(fragments);
        }
    }

    /** Requests that were made before they are timed, each event with an id of its own; senders go round and round in them. */
    record Pool(List<String> requests, int perRequest) implements Requests {
        /** No generator has more threads that each keep their own place in the pool. */
        static final int MOST_SENDERS = 2;

        public Pool {
            requests = List.copyOf(requests);
        }

        @Override
        public int expectedStatus() {
            return 202;
        }

        /**
         * How many different events were accepted at least. The busiest sender sent half of all requests or more, one after
         * another; of those, what was bad or under way at the end may be missing.
         */
        long leastDistinct(Measured measured, int connections) {
            long sent = Math.min(measured.good() / MOST_SENDERS, requests.size());
            return perRequest * Math.max(0, sent - measured.bad() - connections);
        }
    }

    /** Metered checks of the hundred demo customers. */
    static Requests checks(String host, String key) {
        List<String> requests = new ArrayList<>();
        for (int customer = 1; customer <= 100; customer++) {
            requests.add(
                    "GET /v1/customers/cust-%03d/entitlements/llm_tokens HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n"
                            .formatted(customer, host, key));
        }
        return new Fixed(requests);
    }

    /** One event a request. */
    static Requests single(String host, String key, Turn turn) {
        List<String> event = event(turn, 0);
        return post("/v1/events", host, key, "application/cloudevents+json", event, 1, 202);
    }

    /** One event a request, answered when it is in the ledger. */
    static Requests recorded(String host, String key, Turn turn) {
        return post("/v1/events?until=recorded", host, key, "application/cloudevents+json", event(turn, 0), 1, 200);
    }

    /** An array of so many events a request. */
    static Requests batch(String host, String key, Turn turn, int events) {
        return post("/v1/events", host, key, BATCH_TYPE, batchBody(turn, events), events, 202);
    }

    /** So many bodies of {@link #batch}, compressed now rather than while they are sent. */
    static Pool compressed(String host, String key, Turn turn, int events, int bodies) {
        List<String> fragments = batchBody(turn, events);
        List<String> requests = new ArrayList<>(bodies);
        for (int body = 0; body < bodies; body++) {
            String slot = "%0" + SLOT_DIGITS + "d";
            String compressed = gzip(String.join(slot.formatted(body), fragments));
            requests.add(
                    "POST /v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
                                    .formatted(host, key, BATCH_TYPE, compressed.length())
                            + compressed);
        }
        return new Pool(requests, events);
    }

    private static String gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream compressing = new GZIPOutputStream(bytes)) {
            compressing.write(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    private static List<String> batchBody(Turn turn, int events) {
        List<String> fragments = new ArrayList<>();
        StringBuilder open = new StringBuilder("[");
        for (int event = 0; event < events; event++) {
            List<String> parts = event(turn, event);
            fragments.add(open + (event == 0 ? "" : ",") + parts.get(0));
            open = new StringBuilder(parts.get(1));
        }
        fragments.add(open.append(']').toString());
        return fragments;
    }

    /** What makes a turn's events its own: an id prefix and a region, by which the ledger can be asked for them. */
    record Turn(String prefix, String time) {
        String region() {
            return "bench-" + prefix;
        }
    }

    private static List<String> event(Turn turn, int index) {
        return List.of(
                "{\"specversion\":\"1.0\",\"id\":\"" + turn.prefix() + "-",
                "-%02d\",\"source\":\"/bench\",\"type\":\"llm.completion\",\"subject\":\"ws-%03d\",\"time\":\"%s\","
                                .formatted(index, index % 100 + 1, turn.time())
                        + "\"data\":{\"model\":\"m1\",\"region\":\"" + turn.region()
                        + "\",\"inputTokens\":1,\"outputTokens\":1}}");
    }

    private static Requests post(
            String path, String host, String key, String type, List<String> body, int events, int expectedStatus) {
        int length = body.stream().mapToInt(String::length).sum() + (body.size() - 1) * SLOT_DIGITS;
        List<String> fragments = new ArrayList<>(body);
        fragments.set(
                0,
                "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(path, host, key, type, length, body.getFirst()));
        return new Unique(fragments, events, expectedStatus);
    }
}
