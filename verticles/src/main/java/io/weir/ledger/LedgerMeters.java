package io.weir.ledger;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.weir.schemas.Commands.Corrected;
import io.weir.schemas.ReceiptStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What the ledger counts of itself, once a batch or a correction. */
public final class LedgerMeters {
    private static final String EVENTS = "weir.ledger.events";
    private static final String CORRECTIONS = "weir.ledger.corrections";
    private static final String OUTCOME = "outcome";

    private final Map<ReceiptStatus, Counter> outcomes = new EnumMap<>(ReceiptStatus.class);
    private final Counter held;
    private final Counter uncounted;
    private final Counter unreadable;
    private final Counter skipped;
    private final Counter retries;
    private final Counter backfilled;
    private final Counter voided;
    private final Counter amended;
    private final Counter unchanged;
    private final DistributionSummary batchSize;
    private final Timer batchTime;
    private final Timer delay;
    private final AtomicLong lagEvents = new AtomicLong();
    private final AtomicLong lagMillis = new AtomicLong();

    public LedgerMeters(MeterRegistry registry) {
        for (ReceiptStatus status : List.of(ReceiptStatus.RECORDED, ReceiptStatus.DUPLICATE, ReceiptStatus.CONFLICT)) {
            outcomes.put(status, registry.counter(EVENTS, OUTCOME, status.text()));
        }
        outcomes.put(ReceiptStatus.ACCEPTED, registry.counter(EVENTS, OUTCOME, "too_late"));
        held = registry.counter(EVENTS, OUTCOME, "held");
        uncounted = registry.counter(EVENTS, OUTCOME, "uncounted");
        unreadable = registry.counter(EVENTS, OUTCOME, "unreadable");
        skipped = registry.counter(EVENTS, OUTCOME, "skipped");
        retries = registry.counter("weir.ledger.retries");
        backfilled = registry.counter("weir.meters.backfilled");
        voided = registry.counter(CORRECTIONS, OUTCOME, "voided");
        amended = registry.counter(CORRECTIONS, OUTCOME, "amended");
        unchanged = registry.counter(CORRECTIONS, OUTCOME, "unchanged");
        batchSize = DistributionSummary.builder("weir.ledger.batch.size")
                .baseUnit("events")
                .register(registry);
        batchTime = Timer.builder("weir.ledger.batch").register(registry);
        delay = Timer.builder("weir.ledger.delay")
                .description("from the front door to the commit, of each batch's oldest event")
                .register(registry);
        registry.gauge("weir.ledger.lag.events", lagEvents);
        registry.gauge("weir.ledger.lag.seconds", lagMillis, millis -> millis.get() / 1000d);
    }

    void posted(List<LogRecord> records, Recorded recorded, long nanos, Instant now) {
        outcomes.forEach((status, counter) -> counter.increment(recorded.count(status)));
        held.increment(recorded.held());
        uncounted.increment(recorded.uncounted());
        unreadable.increment(recorded.unreadable());
        skipped.increment(recorded.skipped());
        batchSize.record(records.size());
        batchTime.record(Duration.ofNanos(nanos));
        records.stream()
                .map(LogRecord::receivedAt)
                .min(Instant::compareTo)
                .ifPresent(oldest -> delay.record(Duration.between(oldest, now)));
    }

    void backfilled(long events) {
        backfilled.increment(events);
    }

    void corrected(Corrected done, boolean amendment) {
        (!done.changed() ? unchanged : amendment ? amended : voided).increment();
    }

    void retried() {
        retries.increment();
    }

    void lag(long events, Duration age) {
        lagEvents.set(events);
        lagMillis.set(age.toMillis());
    }
}
