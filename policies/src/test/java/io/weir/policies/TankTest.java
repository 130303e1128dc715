package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One tank of 100 a second that holds 30, and who keeps it. */
class TankTest {
    private static final long MILLI = 1_000_000L;
    private static final long KEEPER = 1;
    private static final long BACKUP = 2;

    @ParameterizedTest(name = "silent for {0} ms, of which the asker waited {1}: {2}")
    @CsvSource({
        // Below the cap nobody need have waited.
        "200,       0,      20",
        "1000,      0,      30",
        "1000,      400,    70",
        "1000,      1000,   100",
        "9000,      9000,   230",
        // Waiting before the backup last heard of the tank does not count.
        "500,       9000,   50"
    })
    void a_backup_that_becomes_the_keeper_has_what_came_in_since_it_last_heard(
            long silentMillis, long waitedMillis, long given) {
        long[] kept = Tank.backedUp(emptied(), at(BACKUP, 7_000));
        assertEquals(given, take(kept, 1_000, waitedMillis, at(BACKUP, 7_000 + silentMillis)));
    }

    @Test
    void what_is_not_taken_of_it_ebbs() {
        long[] kept = Tank.backedUp(emptied(), at(BACKUP, 7_000));
        long[] state = Tank.take(kept, ask(20, 1_000), at(BACKUP, 8_000)).state();
        assertEquals(80, take(state, 1_000, 0, at(BACKUP, 8_000)));
        assertEquals(60, take(state, 1_000, 0, at(BACKUP, 10_000)));
        assertEquals(30, take(state, 1_000, 0, at(BACKUP, 20_000)));
    }

    @Test
    void what_was_filled_under_a_larger_tier_is_cut_off() {
        Tank.Ask larger = new Tank.Ask(
                new long[] {100_000, 0, 0}, new long[] {90_000, 0, 0}, new long[3], new long[] {0, 0, 0}, 0);
        assertEquals(230, take(Tank.take(null, larger, at(KEEPER, 5_000)).state(), 1_000, 0, at(KEEPER, 5_000)));
    }

    @Test
    void a_keeper_lets_nothing_rise_above_the_cap_whoever_waited() {
        assertEquals(30, take(emptied(), 1_000, 5_000, at(KEEPER, 6_000)));
    }

    @Test
    void another_members_state_is_not_refilled() {
        assertEquals(0, take(emptied(), 1_000, 0, at(BACKUP, 6_000)));
        assertEquals(0, take(Tank.backedUp(emptied(), at(BACKUP, 7_000)), 1_000, 0, at(KEEPER, 9_000)));
    }

    /** Kept by the one, emptied at its second 5. */
    private static long[] emptied() {
        return Tank.take(null, ask(30, 0), at(KEEPER, 5_000)).state();
    }

    private static long take(long[] state, long wanted, long waitedMillis, Tank.Keeper keeper) {
        return Tank.take(state, ask(wanted, waitedMillis), keeper).grant().given()[0];
    }

    private static Tank.Ask ask(long wanted, long waitedMillis) {
        return new Tank.Ask(
                new long[] {100, 0, 0},
                new long[] {30, 0, 0},
                new long[3],
                new long[] {wanted, 0, 0},
                waitedMillis * MILLI);
    }

    /** Tanks may be lost until second 1. */
    private static Tank.Keeper at(long id, long millis) {
        return new Tank.Keeper(id, millis * MILLI, 1_000 * MILLI);
    }
}
