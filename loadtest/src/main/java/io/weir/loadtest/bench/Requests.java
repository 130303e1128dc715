package io.weir.loadtest.bench;

import java.util.ArrayList;
import java.util.List;

/** What a load generator sends: complete HTTP/1.1 requests, as text in which every character is one byte. */
sealed interface Requests {
    int SLOT_DIGITS = 12;

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
    record Unique(List<String> fragments, int perRequest) implements Requests {
        public Unique {
            fragments = List.copyOf(fragments);
        }

        @Override
        public int expectedStatus() {
            return 202;
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
        return post(host, key, "application/cloudevents+json", event, 1);
    }

    /** An array of so many events a request. */
    static Requests batch(String host, String key, Turn turn, int events) {
        List<String> fragments = new ArrayList<>();
        StringBuilder open = new StringBuilder("[");
        for (int event = 0; event < events; event++) {
            List<String> parts = event(turn, event);
            fragments.add(open + (event == 0 ? "" : ",") + parts.get(0));
            open = new StringBuilder(parts.get(1));
        }
        fragments.add(open.append(']').toString());
        return post(host, key, "application/cloudevents-batch+json", fragments, events);
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

    private static Requests post(String host, String key, String type, List<String> body, int events) {
        int length = body.stream().mapToInt(String::length).sum() + (body.size() - 1) * SLOT_DIGITS;
        List<String> fragments = new ArrayList<>(body);
        fragments.set(
                0,
                "POST /v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(host, key, type, length, body.getFirst()));
        return new Unique(fragments, events);
    }
}
