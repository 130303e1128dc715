package io.weir.loadtest.chaos;

import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks a Weir that is whole again for everything, and has the checker hold it to the notes. */
final class Judgement {
    private static final Duration WHOLE = Duration.ofMinutes(3);
    private static final List<String> METERS = List.of("llm_requests", "llm_input_tokens", "llm_output_tokens");

    private final List<Weir> nodes;
    private final Postgres postgres;
    private final Notes notes;
    private final Poster.Traffic traffic;

    Judgement(List<Weir> nodes, Postgres postgres, Notes notes, Poster.Traffic traffic) {
        this.nodes = nodes;
        this.postgres = postgres;
        this.notes = notes;
        this.traffic = traffic;
    }

    /**
     * What was found.
     *
     * @param differences of sums, in words
     * @param expected what the recorded ids come to
     */
    record Found(Checker.Result ids, List<String> differences, Map<Integer, Sums> expected) {
        Found {
            differences = List.copyOf(differences);
            expected = Map.copyOf(expected);
        }

        boolean good() {
            return ids.good() && differences.isEmpty();
        }
    }

    /** Waits until every node is whole, and says that all that was accepted by now is counted. */
    void awaitWhole(Instant now) {
        Patience patience = new Patience(WHOLE);
        for (Weir node : nodes) {
            while (!node.whole()
                    || node.asOf(METERS.getFirst(), traffic.hour(), new HashMap<>())
                            .isBefore(now)) {
                if (!patience.again(Duration.ZERO)) {
                    throw new ChaosFailure(
                            "a node is not whole again within " + WHOLE.toSeconds() + " s: " + node.ready()
                                    + ", counted up to " + node.asOf(METERS.getFirst(), traffic.hour(), new HashMap<>())
                                    + " where " + now + " is waited for");
                }
            }
        }
    }

    /** Of ids, aggregates, the usage API and balances. */
    Found find() {
        Map<String, Standing> found = postgres.ids(traffic.source());
        Checker.Result ids = Checker.check(notes.stories(), found);
        Map<Integer, Sums> expected = Checker.expected(notes.stories(), found);
        List<String> differences = new ArrayList<>();
        differences.addAll(Checker.differences("aggregates", expected, postgres.aggregates()));
        differences.addAll(
                Checker.differences("entries that aggregates count", counted(expected), postgres.aggregatedEntries()));
        differences.addAll(Checker.differences("months", expected, postgres.months()));
        Map<Integer, Sums> charged = new HashMap<>();
        expected.forEach((customer, sums) -> charged.put(customer, sums.charged()));
        for (Weir node : nodes) {
            differences.addAll(Checker.differences("usage by the API", expected, usage(node)));
            Map<Integer, Sums> used = node.used();
            used.values().removeIf(Sums.NONE::equals);
            Map<Integer, Sums> nonzero = new HashMap<>(charged);
            nonzero.values().removeIf(Sums.NONE::equals);
            differences.addAll(Checker.differences("used of entitlements", nonzero, used));
        }
        return new Found(ids, differences, expected);
    }

    private static Map<Integer, Sums> counted(Map<Integer, Sums> expected) {
        Map<Integer, Sums> counted = new HashMap<>();
        expected.forEach(
                (customer, sums) -> counted.put(customer, new Sums(sums.events(), sums.events(), sums.events())));
        return counted;
    }

    private Map<Integer, Sums> usage(Weir node) {
        List<Map<Integer, BigDecimal>> byMeter = new ArrayList<>();
        for (String meter : METERS) {
            Map<Integer, BigDecimal> sums = new HashMap<>();
            node.asOf(meter, traffic.hour(), sums);
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
