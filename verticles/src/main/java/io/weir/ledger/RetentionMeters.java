package io.weir.ledger;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What is counted of days that leave, by the node that looks after them. */
final class RetentionMeters {
    /** Why a day that is due is still kept, or is not whole. */
    enum Why {
        /** Events wait for their account. */
        HELD,
        /** Entries wait for a subscription that covers them. */
        UNATTRIBUTED,
        /** A meter has not counted them yet. */
        BACKFILL,
        /** What a source said it sent is not all there. */
        TOTAL,
        /** A tenant's own export has not confirmed it. */
        UNCONFIRMED,
        /** Its files are not what was written. */
        DAMAGED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What was done, or was not. */
    enum Outcome {
        EXPORTED,
        DROPPED,
        FORGOTTEN,
        LOCKED,
        FAILED
    }

    private final Map<Why, AtomicLong> waiting = new EnumMap<>(Why.class);
    private final Map<Outcome, Counter> days = new EnumMap<>(Outcome.class);
    private final Counter exported;
    private final Counter forgotten;

    RetentionMeters(MeterRegistry registry) {
        for (Why why : Why.values()) {
            AtomicLong number = new AtomicLong();
            waiting.put(why, number);
            Gauge.builder("weir.archive.waiting", number, AtomicLong::get)
                    .description("days that are due and kept")
                    .tag("why", why.text())
                    .register(registry);
        }
        for (Outcome outcome : Outcome.values()) {
            days.put(
                    outcome,
                    registry.counter(
                            "weir.archive.days", "outcome", outcome.name().toLowerCase(Locale.ROOT)));
        }
        exported = registry.counter("weir.archive.entries");
        forgotten = registry.counter("weir.archive.ids");
    }

    void day(Outcome outcome) {
        of(days, outcome).increment();
    }

    void exported(long entries) {
        exported.increment(entries);
    }

    void forgotten(long ids) {
        forgotten.increment(ids);
    }

    void waiting(Map<Why, Long> standing) {
        waiting.forEach((why, number) -> number.set(standing.getOrDefault(why, 0L)));
    }

    private static <K, V> V of(Map<K, V> values, K key) {
        V value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException(String.valueOf(key));
        }
        return value;
    }
}
