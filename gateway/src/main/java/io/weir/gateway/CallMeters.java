package io.weir.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What is measured of every call: its time, by operation and outcome. */
final class CallMeters {
    /** How a call ended. */
    enum Outcome {
        OK,
        REFUSED,
        THROTTLED,
        UNAVAILABLE,
        FAILED;

        static Outcome of(int status) {
            return status == 429
                    ? THROTTLED
                    : status == 503 ? UNAVAILABLE : status >= 500 ? FAILED : status >= 400 ? REFUSED : OK;
        }
    }

    private final MeterRegistry registry;
    private final Operation unrouted;

    CallMeters(MeterRegistry registry) {
        this.registry = registry;
        this.unrouted = operation("unrouted");
    }

    /** Timers of one operation. */
    static final class Operation {
        private final Map<Outcome, Timer> timers = new EnumMap<>(Outcome.class);

        void ended(int status, long nanos) {
            Timer timer = timers.get(Outcome.of(status));
            if (timer != null) {
                timer.record(nanos, TimeUnit.NANOSECONDS);
            }
        }
    }

    Operation operation(String name) {
        Operation operation = new Operation();
        for (Outcome outcome : Outcome.values()) {
            operation.timers.put(
                    outcome,
                    Timer.builder("weir.call")
                            .tag("operation", name)
                            .tag("outcome", outcome.name().toLowerCase(java.util.Locale.ROOT))
                            .register(registry));
        }
        return operation;
    }

    Operation unrouted() {
        return unrouted;
    }
}
