package io.weir.gateway;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for what must come true by itself, by asking again; fails with the last answer when it does not. */
final class Eventually {
    private static final long STEP_NANOS = 20_000_000;

    private Eventually() {}

    static <T> T within(Duration time, String what, Supplier<T> question, Predicate<T> holds) {
        long begin = System.nanoTime();
        while (true) {
            T answer = question.get();
            if (holds.test(answer)) {
                return answer;
            }
            if (System.nanoTime() - begin > time.toNanos()) {
                throw new AssertionError("not within " + time + ": " + what + "; last: " + answer);
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
    }

    /** With the patience that a crowded machine needs. */
    static <T> T holds(String what, Supplier<T> question, Predicate<T> holds) {
        return within(Duration.ofSeconds(30), what, question, holds);
    }
}
