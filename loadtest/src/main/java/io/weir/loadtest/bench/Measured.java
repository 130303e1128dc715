package io.weir.loadtest.bench;

import java.time.Duration;

/** What a load generator saw: answers with the expected status, all others, the time, and the latency of the former. */
record Measured(long good, long bad, Duration time, double p50Millis, double p99Millis) {
    double perSecond() {
        return good / (time.toNanos() / 1e9);
    }

    Measured need(String what) {
        if (good == 0 || bad > good / 100) {
            throw new BenchFailure(
                    "%s: %,d good answers, %,d bad ones: no figure comes of that".formatted(what, good, bad));
        }
        return this;
    }
}
