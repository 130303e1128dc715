package io.weir.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.policies.ApiKeys;
import io.weir.policies.Leases;
import io.weir.policies.Limit;
import io.weir.policies.Months;
import io.weir.policies.Standing;
import io.weir.policies.Throttle;
import java.util.Locale;

/** What limits show of themselves. */
final class LimitMeters {
    private LimitMeters() {}

    /** How many keys are being looked up, and were not because of that. */
    static void bind(ApiKeys keys, MeterRegistry meters) {
        Gauge.builder("weir.keys.lookups", keys, ApiKeys::lookups).register(meters);
        FunctionCounter.builder("weir.keys.refused", keys, ApiKeys::refusedLookups)
                .register(meters);
    }

    static void bind(Throttle throttle, Leases leases, Months months, MeterRegistry meters) {
        for (Limit limit : Limit.values()) {
            FunctionCounter.builder("weir.throttle.refusals", throttle, all -> all.refused(limit))
                    .tag("policy", limit.text())
                    .register(meters);
        }
        for (Standing.Footing footing : Standing.Footing.values()) {
            Gauge.builder("weir.throttle.footing", leases, all -> all.get().footing() == footing ? 1 : 0)
                    .tag("footing", footing.name().toLowerCase(Locale.ROOT))
                    .register(meters);
        }
        Gauge.builder("weir.throttle.accounts", throttle, Throttle::accounts).register(meters);
        Gauge.builder("weir.throttle.leases", leases, Leases::held).register(meters);
        Gauge.builder("weir.throttle.failing", leases, Leases::failing).register(meters);
        Gauge.builder("weir.throttle.lease.age", leases, all -> all.oldest() / 1e9)
                .baseUnit("seconds")
                .register(meters);
        FunctionCounter.builder("weir.throttle.asks", leases, Leases::grants)
                .tag("outcome", "granted")
                .register(meters);
        FunctionCounter.builder("weir.throttle.asks", leases, Leases::lost)
                .tag("outcome", "unanswered")
                .register(meters);
        FunctionCounter.builder("weir.throttle.asks", leases, Leases::beyond)
                .tag("outcome", "too_many")
                .register(meters);
        FunctionCounter.builder("weir.throttle.quota.failures", months, Months::failures)
                .register(meters);
    }
}
