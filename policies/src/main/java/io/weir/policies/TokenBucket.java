package io.weir.policies;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket without a lock, kept as one number: the instant at which it would be full again (the generic cell rate
 * algorithm, ITU-T I.371). Takes all that is asked for or nothing.
 */
final class TokenBucket {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final double nanosPerToken;
    private final long burstNanos;
    private final AtomicLong fullAt;

    /**
     * A full bucket.
     *
     * @param perSecond tokens refilled a second; at least 1
     * @param burst tokens that it holds; at least 1
     */
    TokenBucket(long perSecond, long burst, long nowNanos) {
        this.nanosPerToken = (double) SECOND_NANOS / perSecond;
        this.burstNanos = (long) (burst * nanosPerToken);
        this.fullAt = new AtomicLong(nowNanos);
    }

    /** Takes tokens; false, and nothing taken, where there are fewer. */
    boolean take(long tokens, long nowNanos) {
        long cost = (long) (tokens * nanosPerToken);
        while (true) {
            long seen = fullAt.get();
            long next = (seen - nowNanos > 0 ? seen : nowNanos) + cost;
            if (next - nowNanos > burstNanos) {
                return false;
            }
            if (fullAt.compareAndSet(seen, next)) {
                return true;
            }
        }
    }

    /** Tokens that can be taken now. */
    long remaining(long nowNanos) {
        long owed = Math.max(0, fullAt.get() - nowNanos);
        return (long) ((burstNanos - owed) / nanosPerToken);
    }

    /** Seconds, rounded up and at least 1, until so many tokens can be taken. */
    int secondsUntil(long tokens, long nowNanos) {
        long cost = (long) (tokens * nanosPerToken);
        long wait = Math.max(0, fullAt.get() - nowNanos) + cost - burstNanos;
        return (int) Math.max(1, Math.ceilDiv(wait, SECOND_NANOS));
    }
}
