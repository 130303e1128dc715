package io.weir.loadtest.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A backfill set as the API tells it.
 *
 * @param reason what it was opened for: the name of the run's set
 * @param outcomes once it is closed
 * @param statuses of its lines, by id, in order; an id may come with several contents
 */
record ShownSet(
        String id,
        String reason,
        String state,
        int events,
        @Nullable Outcomes outcomes,
        Map<String, List<String>> statuses) {
    static final String OPEN = "open";
    static final String CLOSED = "closed";
    static final String DROPPED = "dropped";
    static final String CONFLICT = "conflict";
    static final String DUPLICATE = "duplicate";
    static final String RECORDED = "recorded";

    ShownSet {
        statuses = Map.copyOf(statuses);
    }

    /** What became, or would become, of its events. */
    record Outcomes(int recorded, int duplicates, int conflicts, int held, int uncounted) {
        static Outcomes of(JsonNode node) {
            return new Outcomes(
                    node.path("recorded").asInt(-1),
                    node.path("duplicates").asInt(-1),
                    node.path("conflicts").asInt(-1),
                    node.path("held").asInt(-1),
                    node.path("uncounted").asInt(-1));
        }
    }

    /** @param lines the items of its events */
    static ShownSet of(JsonNode set, List<JsonNode> lines) {
        Map<String, List<String>> statuses = new TreeMap<>();
        for (JsonNode line : lines) {
            statuses.computeIfAbsent(line.path("id").asString(""), id -> new ArrayList<>())
                    .add(line.path("status").asString(""));
        }
        statuses.values().forEach(several -> several.sort(null));
        return new ShownSet(
                set.path("id").asString(""),
                set.path("reason").asString(""),
                set.path("state").asString(""),
                set.path("events").asInt(-1),
                set.has("outcomes") ? Outcomes.of(set.path("outcomes")) : null,
                statuses);
    }

    boolean closed() {
        return state.equals(CLOSED);
    }

    /** How many of its lines have that status. */
    int count(String status) {
        return (int) statuses.values().stream()
                .flatMap(List::stream)
                .filter(status::equals)
                .count();
    }

    int lines() {
        return statuses.values().stream().mapToInt(List::size).sum();
    }
}
