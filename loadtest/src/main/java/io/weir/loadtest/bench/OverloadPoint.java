package io.weir.loadtest.bench;

import io.weir.loadtest.gatling.OverloadCounts;
import io.weir.loadtest.gatling.OverloadStep;

/** One point of the curve: what was offered, and what became of it. */
record OverloadPoint(OverloadStep step, int batch, OverloadCounts checks, OverloadCounts batches) {
    double times() {
        return step.times();
    }

    /** Requests of both kinds that were answered well and in time, a second. */
    double goodput() {
        return perSecond(checks.good() + batches.good());
    }

    double goodChecks() {
        return perSecond(checks.good());
    }

    double goodEvents() {
        return perSecond(batches.good() * batch);
    }

    double refused() {
        return perSecond(checks.refused() + batches.refused());
    }

    double perSecond(long count) {
        return count * 1_000.0 / step.time().toMillis();
    }
}
