package io.weir.loadtest;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** How long one caller waits for a world that is away: growing, jittered pauses up to a limit. Not for several threads. */
public final class Patience {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final long endNanos;
    private Duration next = FIRST;

    public Patience(Duration limit) {
        endNanos = System.nanoTime() + limit.toNanos();
    }

    /** Waits for the next pause, and at least as asked (a {@code Retry-After}); false when the limit is over. */
    public boolean again(Duration atLeast) {
        long left = endNanos - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        long jittered = ThreadLocalRandom.current().nextLong(next.toNanos() / 2, next.toNanos() + 1);
        next = next.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : next.multipliedBy(2);
        pause(Duration.ofNanos(Math.min(left, Math.max(jittered, atLeast.toNanos()))));
        return true;
    }

    /** Waits for the given time, whatever wakes the thread early. */
    public static void pause(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        long left = time.toNanos();
        while (left > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(left);
            left = until - System.nanoTime();
        }
    }
}
