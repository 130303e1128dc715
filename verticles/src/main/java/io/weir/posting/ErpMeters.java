package io.weir.posting;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.circuitbreaker.CircuitBreakerState;
import java.util.Collection;
import java.util.Locale;

/** Meters of the posting stage: every call to an ERP, every breaker, every document's end. */
final class ErpMeters {
    private final MeterRegistry registry;
    private volatile long waiting;

    ErpMeters(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("weir.posting.waiting", this, it -> it.waiting)
                .description("Approved documents that are not in the ERP yet")
                .strongReference(true)
                .register(registry);
    }

    /** Shows the worst breaker and the least concurrency of a vendor's connections; there from the start. */
    void show(String vendor, Collection<ErpLane> lanes, int bulkhead) {
        Gauge.builder("weir.erp.breaker", lanes, all -> worst(vendor, all))
                .description("0 closed, 1 half open or on trial, 2 open: the worst of the vendor's connections")
                .tag("vendor", vendor)
                .strongReference(true)
                .register(registry);
        Gauge.builder("weir.erp.concurrency", lanes, all -> least(vendor, all, bulkhead))
                .description("Documents that may be under way: the least of the vendor's connections")
                .tag("vendor", vendor)
                .strongReference(true)
                .register(registry);
    }

    private static int worst(String vendor, Collection<ErpLane> lanes) {
        return lanes.stream()
                .filter(lane -> lane.vendor().equals(vendor))
                .mapToInt(ErpLane::shown)
                .max()
                .orElse(0);
    }

    private static int least(String vendor, Collection<ErpLane> lanes, int bulkhead) {
        return lanes.stream()
                .filter(lane -> lane.vendor().equals(vendor))
                .mapToInt(ErpLane::shownLimit)
                .min()
                .orElse(bulkhead);
    }

    Timer.Sample begin() {
        return Timer.start(registry);
    }

    void called(Timer.Sample sample, String vendor, String action, ErpOutcome outcome) {
        sample.stop(registry.timer(
                "weir.erp.call",
                "vendor",
                vendor,
                "action",
                action,
                "outcome",
                ErpOutcome.Row.of(outcome).outcome()));
    }

    void moved(String vendor, CircuitBreakerState to) {
        registry.counter(
                        "weir.erp.breaker.transitions",
                        "vendor",
                        vendor,
                        "to",
                        to.name().toLowerCase(Locale.ROOT))
                .increment();
    }

    void settled(String state) {
        registry.counter("weir.posting.documents", "outcome", state).increment();
    }

    void waiting(long documents) {
        waiting = documents;
    }
}
