package io.weir.loadtest.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** One line of the result: Weir beside its baseline, over all rounds. Values are medians, the ratio is of the medians. */
final class Row {
    private final String name;
    private final String unit;
    private final String baseline;
    private final Node node;
    private final List<Sample> weir = new ArrayList<>();
    private final List<Sample> bare = new ArrayList<>();
    private boolean counts;

    /** Which of Weir's deployments a row is of. */
    enum Node {
        ADMITTING("an admitting node: no ledger loops, so it does what the baselines do"),
        WHOLE("a whole node: its ledger and Postgres record beside it, on the same cores");

        private final String meaning;

        Node(String meaning) {
            this.meaning = meaning;
        }

        String meaning() {
            return meaning;
        }
    }

    Row(String name, String unit, String baseline, Node node) {
        this.name = name;
        this.unit = unit;
        this.baseline = baseline;
        this.node = node;
    }

    private record Sample(double value, double p50Millis, double p99Millis) {}

    void addWeir(double value, double p50Millis, double p99Millis) {
        weir.add(new Sample(value, p50Millis, p99Millis));
    }

    /** What a load generator saw of Weir. */
    void addWeir(Measured measured, int perRequest) {
        addWeir(perRequest * measured.perSecond(), measured.p50Millis(), measured.p99Millis());
    }

    /** A baseline that answers no requests, so that there is no latency to compare. */
    void addBare(double value) {
        bare.add(new Sample(value, 0, 0));
    }

    /** What the same load generator saw of the baseline. */
    void addBare(Measured measured, int perRequest) {
        bare.add(new Sample(perRequest * measured.perSecond(), measured.p50Millis(), measured.p99Millis()));
    }

    /** Forgets the warm-up. */
    void startCounting() {
        counts = true;
        weir.clear();
        bare.clear();
    }

    String name() {
        return name;
    }

    String unit() {
        return unit;
    }

    String baseline() {
        return baseline;
    }

    /** The figures that a load generator saw, when they are good enough; a cold node may refuse some of the warm-up. */
    Measured checked(Measured measured) {
        return counts ? measured.need(name) : measured;
    }

    Node node() {
        return node;
    }

    double value() {
        return medianOf(weir, Sample::value);
    }

    double baselineValue() {
        return medianOf(bare, Sample::value);
    }

    /** The baseline's p99; 0 where it answers no requests. */
    double baselineP99Millis() {
        return medianOf(bare, Sample::p99Millis);
    }

    double ratio() {
        return value() / baselineValue();
    }

    double p50Millis() {
        return medianOf(weir, Sample::p50Millis);
    }

    double p99Millis() {
        return medianOf(weir, Sample::p99Millis);
    }

    /** The newest round's figure. */
    double lastWeir() {
        return weir.getLast().value();
    }

    /** The newest round as a line for the terminal. */
    String newest() {
        return "  %-23s%,12.0f %s, baseline %,.0f"
                .formatted(name, lastWeir(), unit, bare.getLast().value());
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static double medianOf(List<Sample> samples, ToDoubleFunction<Sample> figure) {
        return median(samples.stream().map(figure::applyAsDouble).toList());
    }
}
