package io.weir.ledger;

import io.weir.schemas.Aggregation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is to be added to a row of aggregate: its quantity, of how many entries it is, and each value where that is kept. */
final class Addend {
    /** A value that a quarter keeps, and of when. */
    record Sample(Instant at, String value) implements Comparable<Sample> {
        @Override
        public int compareTo(Sample other) {
            int order = at.compareTo(other.at);
            return order != 0 ? order : value.compareTo(other.value);
        }
    }

    private final Aggregation how;
    private BigDecimal value = BigDecimal.ZERO;
    private long entries;
    private @Nullable Instant at;
    private Map<Sample, Long> samples = Map.of();

    Addend(Aggregation how) {
        this.how = how;
    }

    /** Adds an event's quantity. */
    void add(BigDecimal quantity, Instant time) {
        value = merged(quantity, time, entries > 0);
        entries++;
    }

    /** Takes an event's quantity away; what stands of many cannot be taken away, and is made anew from its entries. */
    void subtract(BigDecimal quantity) {
        if (how.keeps() == Aggregation.Keeps.ONE) {
            throw new IllegalStateException(how + " cannot be taken back");
        }
        value = value.subtract(quantity);
        entries--;
    }

    /** Keeps a value so many times more. */
    void keep(Sample sample, long times) {
        if (samples.isEmpty()) {
            samples = new HashMap<>();
        }
        samples.merge(sample, times, Long::sum);
    }

    /** Adds all of another one of the same aggregation. */
    void add(Addend other) {
        value = merged(other.value, other.at, entries != 0);
        entries += other.entries;
        other.samples.forEach(this::keep);
    }

    private BigDecimal merged(BigDecimal quantity, @Nullable Instant time, boolean some) {
        return switch (how) {
            case MIN -> some ? value.min(quantity) : quantity;
            case MAX -> some ? value.max(quantity) : quantity;
            case LATEST -> latest(quantity, time);
            case COUNT, SUM, AVG, UNIQUE, WEIGHTED_SUM, PERCENTILE -> value.add(quantity);
        };
    }

    private BigDecimal latest(BigDecimal quantity, @Nullable Instant time) {
        int order = at == null || time == null ? 1 : time.compareTo(at);
        if (order > 0) {
            at = time;
            return quantity;
        }
        return order == 0 ? value.max(quantity) : value;
    }

    Aggregation how() {
        return how;
    }

    BigDecimal value() {
        return value;
    }

    long entries() {
        return entries;
    }

    /** Of latest: the time of the event whose value stands. */
    @Nullable
    Instant at() {
        return at;
    }

    Map<Sample, Long> samples() {
        return samples;
    }
}
