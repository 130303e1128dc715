package io.weir.policies;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket without a lock, kept as one number: the instant at which it would be full again (the generic cell rate
 * algorithm, ITU-T I.371). Takes all that is asked for or nothing.
 */
final class TokenBucket {
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** 73 years: a burst that takes longer to refill is as good as one that takes this. */
    private static final long MOST_NANOS = Long.MAX_VALUE / 4;

    private final long nanosPerToken;
    private final long burst;
    private final long burstNanos;
    private final AtomicLong fullAt;

    /**
     * A full bucket.
     *
     * @param perSecond tokens refilled a second; at least 1
     * @param burst tokens that it holds; at least 1
     */
    TokenBucket(long perSecond, long burst, long nowNanos) {
        // Rounded up, so that it is never more than the rate; less by at most 0.1 % up to a million a second.
        this.nanosPerToken = Math.ceilDiv(SECOND_NANOS, perSecond);
        this.burst = Math.min(burst, MOST_NANOS / nanosPerToken);
        this.burstNanos = this.burst * nanosPerToken;
        this.fullAt = new AtomicLong(nowNanos);
    }

    /** Takes tokens; false, and nothing taken, where there are fewer. */
    boolean take(long tokens, long nowNanos) {
        if (tokens > burst) {
            return false;
        }
        long cost = tokens * nanosPerToken;
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
        return (burstNanos - owed) / nanosPerToken;
    }

    /** Seconds, rounded up and at least 1, until so many tokens, or a whole burst, can be taken. */
    int secondsUntil(long tokens, long nowNanos) {
        long cost = Math.min(tokens, burst) * nanosPerToken;
        long wait = Math.max(0, fullAt.get() - nowNanos) + cost - burstNanos;
        return (int) Math.clamp(Math.ceilDiv(wait, SECOND_NANOS), 1, Integer.MAX_VALUE);
    }
}
