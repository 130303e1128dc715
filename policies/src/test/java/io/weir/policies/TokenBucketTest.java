package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;
    /** Near the end of what a monotonic clock may say. */
    private static final long START = new AtomicLong(Long.MAX_VALUE - SECOND).get();

    @Test
    void a_full_bucket_gives_its_burst_and_then_what_is_refilled() {
        TokenBucket bucket = new TokenBucket(20, 40, START);
        assertEquals(40, bucket.remaining(START));
        for (int i = 0; i < 40; i++) {
            assertTrue(bucket.take(1, START));
        }
        assertFalse(bucket.take(1, START));
        assertEquals(0, bucket.remaining(START));
        assertEquals(SECOND / 20, bucket.nanosUntil(1, START));
        assertEquals(2 * SECOND, bucket.nanosUntil(40, START));
        assertFalse(bucket.take(1, START + SECOND / 20 - 1));
        assertTrue(bucket.take(1, START + SECOND / 20));
        assertEquals(19, bucket.remaining(START + SECOND));
        assertEquals(40, bucket.remaining(START + 3_600 * SECOND));
    }

    @Test
    void it_takes_all_or_nothing() {
        TokenBucket bucket = new TokenBucket(500, 1_000, 0);
        assertFalse(bucket.take(1_001, 0));
        assertTrue(bucket.take(999, 0));
        assertFalse(bucket.take(2, 0));
        assertTrue(bucket.take(1, 0));
        assertTrue(bucket.take(0, 0));
    }

    @Test
    void a_third_of_a_second_is_no_loss_to_the_burst() {
        TokenBucket bucket = new TokenBucket(3, 3, 0);
        assertTrue(bucket.take(3, 0));
        assertFalse(bucket.take(1, 0));
    }

    @Test
    void a_huge_burst_or_cost_overflows_nothing() {
        TokenBucket bucket = new TokenBucket(1, Long.MAX_VALUE, 0);
        assertTrue(bucket.remaining(0) > 1_000_000_000);
        assertTrue(bucket.take(1_000, 0));
        assertFalse(bucket.take(Long.MAX_VALUE, 0));
        assertTrue(bucket.nanosUntil(Long.MAX_VALUE, 0) >= 1);
        assertTrue(new TokenBucket(Long.MAX_VALUE, Long.MAX_VALUE, 0).take(1_000, 0));
    }

    @Test
    void it_never_gives_more_than_burst_and_rate_times_time() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (long rate : List.of(1L, 3L, 7L, 20L, 999_983L, 30_000_001L, 400_000_000L, 3_000_000_000L)) {
            long burst = 1 + random.nextInt(2_000);
            long now = START;
            TokenBucket bucket = new TokenBucket(rate, burst, now);
            BigInteger given = BigInteger.ZERO;
            for (int i = 0; i < 20_000; i++) {
                long tokens = 1 + random.nextInt(3);
                if (bucket.take(tokens, now)) {
                    given = given.add(BigInteger.valueOf(tokens));
                }
                now += random.nextInt(4) == 0 ? (long) (SECOND * 4.0 / rate * random.nextDouble()) : 0;
                BigInteger most = BigInteger.valueOf(rate)
                        .multiply(BigInteger.valueOf(now - START))
                        .divide(BigInteger.valueOf(SECOND))
                        .add(BigInteger.valueOf(burst));
                assertTrue(
                        given.compareTo(most) <= 0, "seed " + seed + ", rate " + rate + ": " + given + " of " + most);
            }
        }
    }

    @Test
    void many_threads_get_no_more_than_one() throws InterruptedException, ExecutionException {
        AtomicLong clock = new AtomicLong();
        TokenBucket bucket = new TokenBucket(1_000, 500, 0);
        Callable<Integer> taker = () -> {
            int taken = 0;
            for (int i = 0; i < 20_000; i++) {
                taken += bucket.take(1, clock.addAndGet(10_000)) ? 1 : 0;
            }
            return taken;
        };
        int taken = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(taker));
            }
            for (Future<Integer> one : all) {
                taken += one.get();
            }
        }
        assertTrue(taken <= 500 + clock.get() / 1_000_000, () -> "too many in " + clock);
        assertTrue(taken >= 500 + clock.get() / 1_000_000 - 2, "too few: " + taken);
    }
}
