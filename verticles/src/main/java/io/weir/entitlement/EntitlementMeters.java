package io.weir.entitlement;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** What this stage counts of itself. */
final class EntitlementMeters {
    private final MeterRegistry registry;
    private final Map<Outcome, LongAdder> answers = new EnumMap<>(Outcome.class);
    private final LongAdder hits = new LongAdder();
    private final Timer loaded;
    private final Timer failed;
    private final Counter customers;
    private final List<Meter> own = new ArrayList<>();

    /** How a question ended. */
    enum Outcome {
        HIT,
        LOADED,
        OUTDATED,
        UNKNOWN,
        UNAVAILABLE
    }

    EntitlementMeters(MeterRegistry registry, Horizon horizon, Supplier<Number> cached) {
        this.registry = registry;
        for (Outcome outcome : Outcome.values()) {
            LongAdder counted = outcome == Outcome.HIT ? hits : new LongAdder();
            answers.put(outcome, counted);
            own.add(FunctionCounter.builder("weir.entitlement.answers", counted, LongAdder::sum)
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .register(registry));
        }
        this.loaded = registry.timer("weir.entitlement.load", "outcome", "loaded");
        this.failed = registry.timer("weir.entitlement.load", "outcome", "failed");
        this.customers = registry.counter("weir.entitlement.customers.loaded");
        own.add(FunctionCounter.builder("weir.entitlement.stale", horizon, Horizon::staleAnswers)
                .register(registry));
        own.add(Gauge.builder("weir.entitlement.age", horizon, Horizon::ageSeconds)
                .baseUnit("seconds")
                .description("Age of the instant up to which the read model knows every change")
                .register(registry));
        own.add(Gauge.builder("weir.entitlement.cached", cached).register(registry));
    }

    void hit() {
        hits.increment();
    }

    void answered(Outcome outcome) {
        LongAdder counted = answers.get(outcome);
        if (counted != null) {
            counted.increment();
        }
    }

    void loaded(int many, boolean succeeded, long nanos) {
        (succeeded ? loaded : failed).record(nanos, TimeUnit.NANOSECONDS);
        if (succeeded) {
            customers.increment(many);
        }
    }

    void remove() {
        own.forEach(registry::remove);
    }
}
