package io.weir.posting;

import java.util.random.RandomGenerator;

/** How long a document waits before its next attempt: doubling, bounded, and spread by a fifth so that many do not meet. */
final class Backoff {
    private static final int MOST_DOUBLINGS = 20;
    private static final int SPREAD = 5;

    private Backoff() {}

    static long millis(long first, long most, int attempts, RandomGenerator random) {
        int doublings = Math.clamp(attempts - 1L, 0, MOST_DOUBLINGS);
        long wait = Math.min(most, first << doublings);
        return wait - wait / SPREAD + random.nextLong(2 * (wait / SPREAD) + 1);
    }
}
