package io.weir.policies;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket without a lock, kept as one number: the instant at which it would be full again (the generic cell rate
 * algorithm, ITU-T I.371). Takes all that is asked for or nothing.
 */
final class TokenBucket implements Tokens {
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** Tokens beyond this are as good as this many, and their arithmetic does not overflow. */
    private static final long MOST_TOKENS = 4_000_000_000L;
    /** Up to this rate a token's time is a whole number of nanoseconds, less by at most 0.1 %. */
    private static final long MOST_BY_TOKEN = 1_000_000;

    private final long perSecond;
    /** 0 where a token takes a fraction of a nanosecond that matters. */
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
        this(perSecond, burst, 1, nowNanos, true);
    }

    /** A bucket that is empty now, of an even share of a rate and its burst. */
    static TokenBucket empty(long perSecond, long burst, int shares, long nowNanos) {
        return new TokenBucket(perSecond, Math.max(1, burst / shares), shares, nowNanos, false);
    }

    private TokenBucket(long perSecond, long burst, int shares, long nowNanos, boolean full) {
        this.perSecond = Math.max(1, Math.min(perSecond, MOST_TOKENS) / (byToken(perSecond) ? 1 : shares));
        // Rounded up, so that it is never more than the rate.
        this.nanosPerToken = byToken(perSecond) ? Math.ceilDiv(SECOND_NANOS * shares, perSecond) : 0;
        this.burst = Math.min(burst, MOST_TOKENS / shares);
        this.burstNanos = nanos(this.burst);
        this.fullAt = new AtomicLong(full ? nowNanos : nowNanos + burstNanos);
    }

    private static boolean byToken(long perSecond) {
        return perSecond <= MOST_BY_TOKEN;
    }

    private long nanos(long tokens) {
        return nanosPerToken > 0 ? tokens * nanosPerToken : Math.ceilDiv(tokens * SECOND_NANOS, perSecond);
    }

    @Override
    public boolean take(long tokens, long nowNanos) {
        if (tokens > burst) {
            return false;
        }
        long cost = nanos(tokens);
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

    @Override
    public void giveBack(long tokens, long nowNanos) {
        fullAt.addAndGet(-nanos(tokens));
    }

    @Override
    public long remaining(long nowNanos) {
        long owed = Math.max(0, fullAt.get() - nowNanos);
        long left = Math.max(0, burstNanos - owed);
        if (nanosPerToken > 0) {
            return left / nanosPerToken;
        }
        return left / SECOND_NANOS * perSecond + left % SECOND_NANOS * perSecond / SECOND_NANOS;
    }

    @Override
    public long nanosUntil(long tokens, long nowNanos) {
        long wait = Math.max(0, fullAt.get() - nowNanos) + nanos(Math.min(tokens, burst)) - burstNanos;
        return Math.max(1, wait);
    }
}
