package io.weir.posting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class GovernorTest {
    @Test
    void a_throttle_answer_halves_and_good_answers_raise_slowly() {
        Governor governor = new Governor(8);
        governor.throttled(0);
        assertEquals(4, governor.limit());
        for (int answer = 0; answer < 15; answer++) {
            governor.answered();
        }
        assertEquals(4, governor.limit());
        governor.answered();
        assertEquals(5, governor.limit());
    }

    @Test
    void throttle_answers_to_requests_that_were_under_way_together_count_once() {
        Governor governor = new Governor(8);
        governor.throttled(7);
        for (int other = 0; other < 7; other++) {
            governor.throttled(6 - other);
        }
        assertEquals(4, governor.limit());
        governor.throttled(0);
        assertEquals(2, governor.limit());
    }

    @Test
    void it_never_stands_still_and_never_passes_the_bulkhead() {
        Governor governor = new Governor(2);
        for (int i = 0; i < 10; i++) {
            governor.throttled(0);
        }
        assertEquals(1, governor.limit());
        for (int i = 0; i < 1_000; i++) {
            governor.answered();
        }
        assertEquals(2, governor.limit());
    }

    @Test
    void waiting_doubles_within_its_bounds() {
        RandomGenerator random = new Random(1);
        for (int attempt = 1; attempt < 40; attempt++) {
            long expected = Math.min(30_000, 250L << Math.min(attempt - 1, 20));
            long wait = Backoff.millis(250, 30_000, attempt, random);
            assertTrue(wait >= expected * 4 / 5 && wait <= expected * 6 / 5, attempt + ": " + wait);
        }
    }
}
