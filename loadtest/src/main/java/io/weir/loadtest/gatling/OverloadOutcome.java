package io.weir.loadtest.gatling;

import io.weir.loadtest.Latencies;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;

/** What becomes of the requests of one kind of a step; each is counted once, and is late where nothing is heard of it. For any number of threads. */
final class OverloadOutcome {
    private static final int UNAVAILABLE = 503;
    private static final int TOO_MANY = 429;

    private final int expected;
    private final Latencies good = new Latencies();
    private final BitSet accepted = new BitSet();
    private int due;
    private long refused;
    private long failed;

    /** @param expected the status of an answer that is good */
    OverloadOutcome(int expected) {
        this.expected = expected;
    }

    /** Counts one that is sent now; returns its number. */
    synchronized int due() {
        return due++;
    }

    /** @param body which body it had; a body that was accepted twice is recorded once */
    synchronized void answered(int status, int millis, int body) {
        if (status == expected) {
            good.record(TimeUnit.MILLISECONDS.toNanos(millis));
            accepted.set(body);
        } else if (status == UNAVAILABLE || status == TOO_MANY) {
            refused++;
        } else {
            failed++;
        }
    }

    synchronized OverloadCounts counts() {
        return new OverloadCounts(
                due,
                good.total(),
                accepted.cardinality(),
                refused,
                failed,
                due - good.total() - refused - failed,
                good.percentileMillis(50),
                good.percentileMillis(99));
    }
}
