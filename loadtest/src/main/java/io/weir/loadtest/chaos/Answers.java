package io.weir.loadtest.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an answer to a batch says of each of its events, by the contract alone. */
final class Answers {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Map<String, Outcome> STATUSES = Map.of(
            "accepted", Outcome.ACCEPTED,
            "recorded", Outcome.RECORDED,
            "duplicate", Outcome.DUPLICATE,
            "conflict", Outcome.CONFLICT,
            "rejected", Outcome.REJECTED,
            "not_taken", Outcome.REFUSED);

    private Answers() {}

    /** The outcome of each event, in the order in which they were sent. */
    static List<Outcome> of(int status, String body, int events) {
        return switch (status) {
            case 200 -> receipts(body, events, Outcome.RECORDED);
            case 202, 207 -> receipts(body, events, Outcome.ACCEPTED);
            case 422 -> receipts(body, events, Outcome.REFUSED);
            case 429 -> all(events, Outcome.REFUSED);
            case 503 -> all(events, Outcome.UNAVAILABLE);
            default -> all(events, Outcome.STRANGE);
        };
    }

    static List<Outcome> all(int events, Outcome outcome) {
        return Collections.nCopies(events, outcome);
    }

    private static List<Outcome> receipts(String body, int events, Outcome unlisted) {
        try {
            List<Outcome> outcomes = new ArrayList<>(all(events, unlisted));
            for (JsonNode receipt : JSON.readTree(body).path("receipts")) {
                Outcome outcome = STATUSES.getOrDefault(receipt.path("status").asString(""), Outcome.STRANGE);
                boolean local = receipt.path("durability").asString("").equals("local");
                outcomes.set(
                        receipt.path("index").asInt(), local && outcome == Outcome.ACCEPTED ? Outcome.LOCAL : outcome);
            }
            return outcomes;
        } catch (JacksonException | IndexOutOfBoundsException unreadable) {
            return all(events, Outcome.STRANGE);
        }
    }
}
