package io.weir.posting;

/**
 * How many documents may be under way to one connection: at most the bulkhead, halved by a throttle answer, and raised
 * by one after as many good answers as would fill it four times (additive increase, multiplicative decrease).
 *
 * <p>Throttle answers to requests that were under way together count once.
 */
final class Governor {
    private static final int ROUNDS_TO_RISE = 4;

    private final int most;
    private int limit;
    private int good;
    private int stillFromBefore;

    Governor(int most) {
        this.most = most;
        limit = most;
    }

    /** How many may be under way. */
    int limit() {
        return limit;
    }

    /** An answer came, with so many others still under way. */
    void answered() {
        stillFromBefore = Math.max(0, stillFromBefore - 1);
        good++;
        if (good >= limit * ROUNDS_TO_RISE && limit < most) {
            limit++;
            good = 0;
        }
    }

    /** A throttle answer came, with so many others still under way. */
    void throttled(int othersUnderWay) {
        good = 0;
        if (stillFromBefore > 0) {
            stillFromBefore--;
            return;
        }
        limit = Math.max(1, limit / 2);
        stillFromBefore = othersUnderWay;
    }
}
