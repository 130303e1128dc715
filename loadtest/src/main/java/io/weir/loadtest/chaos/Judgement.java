package io.weir.loadtest.chaos;

import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Asks a Weir that is whole again for everything, and has the checkers hold it to the notes. */
final class Judgement {
    private static final Duration WHOLE = Duration.ofMinutes(3);
    private static final Duration STILL = Duration.ofSeconds(60);
    private static final List<String> METERS = List.of("llm_requests", "llm_input_tokens", "llm_output_tokens");

    private final List<Weir> nodes;
    private final Postgres postgres;
    private final Notes notes;
    private final Traffic traffic;
    private final InstantSource clock;

    Judgement(List<Weir> nodes, Postgres postgres, Notes notes, Traffic traffic, InstantSource clock) {
        this.nodes = nodes;
        this.postgres = postgres;
        this.notes = notes;
        this.traffic = traffic;
        this.clock = clock;
    }

    /**
     * What was found.
     *
     * @param differences of sums, in words
     * @param expected what the recorded ids come to, by hour
     */
    record Found(
            Checker.Result ids,
            SetChecker.Result sets,
            List<String> differences,
            Map<Instant, Map<Integer, Sums>> expected) {
        Found {
            differences = List.copyOf(differences);
            expected = Map.copyOf(expected);
        }

        boolean good() {
            return ids.good() && sets.good() && differences.isEmpty();
        }
    }

    /** Waits until every node is whole, and says that all that was accepted or changed by now is counted. */
    void awaitWhole(Instant now) {
        Patience patience = new Patience(WHOLE);
        for (Weir node : nodes) {
            while (!node.whole() || asOf(node).isBefore(now)) {
                if (!patience.again(Duration.ZERO)) {
                    throw new ChaosFailure("a node is not whole again within " + WHOLE.toSeconds() + " s: "
                            + node.ready() + ", counted up to " + asOf(node) + " where " + now + " is waited for");
                }
            }
        }
    }

    /** Up to when usage and balances are whole. */
    private Instant asOf(Weir node) {
        Instant usage = node.asOf(METERS.getFirst(), traffic.hour(), new HashMap<>());
        Instant balances = node.used(new HashMap<>());
        return usage.isBefore(balances) ? usage : balances;
    }

    /** Of ids, sets, aggregates, the usage API and balances; again where a command without an answer ended a set meanwhile. */
    Found find() {
        Patience patience = new Patience(STILL);
        while (true) {
            List<ShownSet> shown = nodes.getFirst().shownSets();
            Found found = find(shown);
            Map<String, String> states = new TreeMap<>();
            shown.forEach(set -> states.put(set.id(), set.state() + set.events()));
            if (states.equals(states(nodes.getLast())) || !patience.again(Duration.ZERO)) {
                return found;
            }
        }
    }

    private static Map<String, String> states(Weir node) {
        Map<String, String> states = new TreeMap<>();
        for (JsonNode set : node.backfillSets()) {
            states.put(
                    set.path("id").asString(),
                    set.path("state").asString() + set.path("events").asInt());
        }
        return states;
    }

    private Found find(Collection<ShownSet> shown) {
        String source = traffic.source();
        Map<String, Standing> found = postgres.ids(source);
        Checker.Result ids = Checker.check(notes.stories(), found);
        SetChecker.Result sets = SetChecker.check(
                notes.sets(), shown, new SetChecker.Ledger(found, postgres.bySets(source), postgres.conflicts(source)));
        Map<Instant, Map<Integer, Sums>> expected = new HashMap<>();
        for (Instant hour : traffic.hours()) {
            expected.put(hour, Checker.expected(notes.stories(), found, hour::equals));
        }
        return new Found(ids, sets, differences(found, expected), expected);
    }

    private List<String> differences(Map<String, Standing> found, Map<Instant, Map<Integer, Sums>> expected) {
        Map<Integer, Sums> all = Checker.expected(notes.stories(), found, any -> true);
        List<String> differences = new ArrayList<>();
        differences.addAll(Checker.differences("aggregates", all, postgres.aggregates()));
        differences.addAll(
                Checker.differences("entries that aggregates count", counted(all), postgres.aggregatedEntries()));
        differences.addAll(Checker.differences("months", all, postgres.months()));
        Map<Integer, Sums> charged = new HashMap<>();
        Checker.expected(notes.stories(), found, this::ofThisMonth)
                .forEach((customer, sums) -> charged.put(customer, sums.charged()));
        charged.values().removeIf(Sums.NONE::equals);
        for (Weir node : nodes) {
            expected.forEach((hour, sums) -> differences.addAll(
                    Checker.differences("usage of " + hour + " by the API", sums, usage(node, hour))));
            Map<Integer, Sums> used = new HashMap<>();
            node.used(used);
            used.values().removeIf(Sums.NONE::equals);
            differences.addAll(Checker.differences("used of entitlements", charged, used));
        }
        return differences;
    }

    private boolean ofThisMonth(Instant time) {
        return month(time).equals(month(clock.instant()));
    }

    private static YearMonth month(Instant time) {
        return YearMonth.from(time.atOffset(ZoneOffset.UTC));
    }

    private static Map<Integer, Sums> counted(Map<Integer, Sums> expected) {
        Map<Integer, Sums> counted = new HashMap<>();
        expected.forEach(
                (customer, sums) -> counted.put(customer, new Sums(sums.events(), sums.events(), sums.events())));
        return counted;
    }

    private Map<Integer, Sums> usage(Weir node, Instant hour) {
        List<Map<Integer, BigDecimal>> byMeter = new ArrayList<>();
        for (String meter : METERS) {
            Map<Integer, BigDecimal> sums = new HashMap<>();
            node.asOf(meter, hour, sums);
            byMeter.add(sums);
        }
        Map<Integer, Sums> usage = new HashMap<>();
        for (int customer : byMeter.getFirst().keySet()) {
            usage.put(
                    customer,
                    new Sums(of(byMeter.get(0), customer), of(byMeter.get(1), customer), of(byMeter.get(2), customer)));
        }
        return usage;
    }

    private static long of(Map<Integer, BigDecimal> sums, int customer) {
        return sums.getOrDefault(customer, BigDecimal.ZERO).longValueExact();
    }
}
