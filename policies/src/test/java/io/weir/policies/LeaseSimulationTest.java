package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.AccessTier.FailMode;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The lease protocol under every order of events that a seed makes: never beyond the bound, and close to the limit. */
class LeaseSimulationTest {
    private static final long FIRST = System.nanoTime();

    @Test
    void whatever_is_lost_late_or_doubled_nothing_is_admitted_beyond_the_bound() {
        for (long seed = FIRST; seed < FIRST + 1_000; seed++) {
            Random random = new Random(seed);
            int nodes = 2 + random.nextInt(4);
            assertHolds(
                    seed,
                    new LeaseWorld.Scenario(
                            nodes,
                            nodes,
                            10 + random.nextInt(150),
                            1 + random.nextInt(200),
                            50 + random.nextInt(400),
                            random.nextBoolean(),
                            0,
                            random.nextInt(40),
                            FailMode.SHARE,
                            false),
                    4);
        }
    }

    @Test
    void joins_leaves_kills_splits_and_pauses_stay_within_the_bound_in_every_fail_mode() {
        for (long seed = FIRST; seed < FIRST + 2_000; seed++) {
            Random random = new Random(seed);
            int nodes = 2 + random.nextInt(4);
            assertHolds(
                    seed,
                    new LeaseWorld.Scenario(
                            nodes,
                            nodes,
                            10 + random.nextInt(150),
                            1 + random.nextInt(50),
                            50 + random.nextInt(400),
                            random.nextBoolean(),
                            1 + random.nextInt(2),
                            random.nextInt(10),
                            FailMode.values()[random.nextInt(3)],
                            false),
                    6);
        }
    }

    @Test
    void three_nodes_admit_the_limit_within_3_percent_over_10_seconds_with_even_and_uneven_load() {
        for (long seed = FIRST; seed < FIRST + 60; seed++) {
            for (boolean uneven : new boolean[] {false, true}) {
                for (long demand : new long[] {220, 400, 1_000}) {
                    LeaseWorld world = new LeaseWorld(
                            seed, new LeaseWorld.Scenario(3, 3, 200, 20, demand, uneven, 0, 0, FailMode.SHARE, false));
                    world.run(LeaseWorld.SECOND);
                    long admitted = world.run(10 * LeaseWorld.SECOND);
                    assertTrue(
                            admitted >= 1_940 && admitted <= 2_060,
                            "seed " + seed + ", demand " + demand + (uneven ? " uneven: " : " even: ") + admitted);
                    assertEquals(null, world.broken(), "seed " + seed);
                }
            }
        }
    }

    @Test
    void what_is_asked_for_below_the_limit_is_admitted() {
        for (long seed = FIRST; seed < FIRST + 50; seed++) {
            LeaseWorld world = new LeaseWorld(
                    seed, new LeaseWorld.Scenario(3, 3, 200, 20, 150, seed % 2 == 0, 0, 0, FailMode.SHARE, false));
            world.run(LeaseWorld.SECOND);
            long admitted = world.run(10 * LeaseWorld.SECOND);
            assertTrue(admitted >= 1_440, "seed " + seed + ": " + admitted + " of about 1500");
        }
    }

    @Test
    void the_checker_finds_leases_that_are_granted_twice() {
        assertNotNull(
                broken(FIRST, new LeaseWorld.Scenario(3, 3, 200, 20, 1_000, false, 0, 0, FailMode.SHARE, true), 20),
                "seed " + FIRST + ": the canary was not found");
    }

    private static void assertHolds(long seed, LeaseWorld.Scenario scenario, int seconds) {
        String broken = broken(seed, scenario, seconds);
        if (broken != null) {
            throw new AssertionError("seed " + seed + ", " + scenario + ": " + broken);
        }
    }

    private static @Nullable String broken(long seed, LeaseWorld.Scenario scenario, int seconds) {
        LeaseWorld world = new LeaseWorld(seed, scenario);
        world.run(seconds * LeaseWorld.SECOND);
        return world.broken();
    }
}
