package io.weir.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.changes.ChangeTable.Reading;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.CustomerId;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeedPositionTest {
    private static final Instant START = Instant.parse("2026-11-20T10:00:00Z");
    private final FeedPosition position = new FeedPosition(3, Duration.ofHours(23));

    private static Instant second(int seconds) {
        return START.plusSeconds(seconds);
    }

    private static Change change(String customer) {
        return new Change(new TenantId("acme"), new CustomerId(customer), ChangeKind.USAGE);
    }

    private static Reading reading(long oldest, long next, long last, String... customers) {
        return new Reading(
                oldest,
                next,
                Arrays.stream(customers).map(FeedPositionTest::change).toList(),
                last,
                customers.length);
    }

    @Test
    void first_reading_starts_at_the_horizon_and_tells_everything() {
        assertEquals(Long.MAX_VALUE, position.from());
        ChangeBatch batch = position.advance(second(0), reading(100, 120, 0));
        assertTrue(batch.everything());
        assertEquals(second(0), batch.asOf());
        assertEquals(100, position.from());
    }

    @Test
    void as_of_is_the_reading_itself_when_no_transaction_runs() {
        position.advance(second(0), reading(100, 100, 0));
        assertEquals(
                second(1),
                position.advance(second(1), reading(105, 105, 104, "c1")).asOf());
    }

    @Test
    void as_of_stands_still_behind_a_transaction_that_runs_and_catches_up_after_it() {
        position.advance(second(0), reading(100, 100, 0));
        assertEquals(
                second(0), position.advance(second(1), reading(100, 110, 0)).asOf());
        assertEquals(
                second(0), position.advance(second(2), reading(100, 120, 0)).asOf());
        ChangeBatch freed = position.advance(second(3), reading(115, 130, 100, "c1"));
        assertEquals(second(1), freed.asOf());
        assertEquals(
                second(3), position.advance(second(4), reading(130, 131, 0)).asOf());
    }

    @Test
    void as_of_survives_more_readings_behind_one_transaction_than_are_kept() {
        position.advance(second(0), reading(100, 100, 0));
        for (int i = 1; i <= 1000; i++) {
            assertEquals(
                    second(0),
                    position.advance(second(i), reading(100, 110 + i, 0)).asOf());
        }
        assertEquals(
                second(1001),
                position.advance(second(1001), reading(1200, 1200, 0)).asOf());
    }

    @Test
    void a_full_reading_is_continued_behind_its_last_transaction_and_claims_no_more() {
        position.advance(second(0), reading(100, 100, 0));
        ChangeBatch full = position.advance(second(1), reading(200, 200, 150, "c1", "c2", "c3"));
        assertEquals(second(0), full.asOf());
        assertEquals(151, position.from());
        assertEquals(
                second(2),
                position.advance(second(2), reading(201, 201, 180, "c4")).asOf());
    }

    @Test
    void repeated_changes_of_a_customer_are_told_once_a_batch() {
        position.advance(second(0), reading(100, 100, 0));
        ChangeBatch batch = position.advance(second(1), reading(200, 200, 150, "c1", "c1"));
        assertEquals(List.of(change("c1")), batch.changes());
    }

    @Test
    void a_horizon_that_goes_backwards_tells_everything() {
        position.advance(second(0), reading(100, 100, 0));
        assertFalse(position.advance(second(1), reading(200, 200, 0)).everything());
        ChangeBatch restored = position.advance(second(2), reading(150, 150, 0));
        assertTrue(restored.everything());
        assertEquals(second(2), restored.asOf());
        assertEquals(150, position.from());
    }

    @Test
    void an_absence_longer_than_changes_are_kept_tells_everything() {
        position.advance(second(0), reading(100, 100, 0));
        assertTrue(position.advance(second(24 * 3600), reading(200, 200, 0)).everything());
    }
}
