package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.policies.LeaseWorld.Flaw;
import io.weir.schemas.AccessTier.FailMode;
import java.util.Random;
import java.util.function.Consumer;
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
                            Flaw.NONE),
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
                            Flaw.NONE),
                    6);
        }
    }

    @Test
    void three_nodes_admit_the_limit_within_3_percent_over_10_seconds_with_even_and_uneven_load() {
        for (long seed = FIRST; seed < FIRST + 60; seed++) {
            for (boolean uneven : new boolean[] {false, true}) {
                for (long demand : new long[] {220, 400, 1_000}) {
                    LeaseWorld world = new LeaseWorld(
                            seed,
                            new LeaseWorld.Scenario(3, 3, 200, 20, demand, uneven, 0, 0, FailMode.SHARE, Flaw.NONE));
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
                    seed, new LeaseWorld.Scenario(3, 3, 200, 20, 150, seed % 2 == 0, 0, 0, FailMode.SHARE, Flaw.NONE));
            world.run(LeaseWorld.SECOND);
            long admitted = world.run(10 * LeaseWorld.SECOND);
            assertTrue(admitted >= 1_440, "seed " + seed + ": " + admitted + " of about 1500");
        }
    }

    @Test
    void the_checker_finds_leases_that_are_granted_twice() {
        assertNotNull(
                broken(
                        FIRST,
                        new LeaseWorld.Scenario(3, 3, 200, 20, 1_000, false, 0, 0, FailMode.SHARE, Flaw.DOUBLED_GRANTS),
                        20),
                "seed " + FIRST + ": the canary was not found");
    }

    @Test
    void a_node_that_joins_leaves_or_is_killed_takes_less_than_3_percent_of_10_seconds() {
        for (long seed = FIRST; seed < FIRST + 100; seed++) {
            Random random = new Random(seed);
            long demand = 220 + random.nextInt(1_000);
            assertWithin3Percent(seed, demand, Flaw.NONE, LeaseWorld::joinOneMore);
            assertWithin3Percent(seed, demand, Flaw.NONE, world -> world.leave(random.nextInt(3)));
            long noticed = (100 + random.nextInt(300)) * LeaseWorld.MILLI;
            assertWithin3Percent(seed, demand, Flaw.NONE, world -> world.kill(random.nextInt(3), noticed));
            // Noticed late, the time is made up for by those that still want more.
            assertWithin3Percent(
                    seed,
                    Math.max(demand, 600),
                    Flaw.NONE,
                    world -> world.kill(random.nextInt(3), LeaseWorld.DETECTION));
        }
    }

    @Test
    void the_checker_finds_backups_that_keep_no_time() {
        assertThrows(AssertionError.class, () -> {
            for (long seed = FIRST; seed < FIRST + 50; seed++) {
                assertWithin3Percent(seed, 600, Flaw.TIMELESS_BACKUPS, world -> world.kill(0, LeaseWorld.DETECTION));
            }
        });
    }

    /** What is admitted in the 10 s from a change on. */
    private static void assertWithin3Percent(long seed, long demand, Flaw flaw, Consumer<LeaseWorld> change) {
        Random random = new Random(seed);
        int nodes = 3 + random.nextInt(3);
        LeaseWorld.Scenario scenario = new LeaseWorld.Scenario(
                nodes, nodes, 200, 1 + random.nextInt(60), demand, random.nextBoolean(), 0, 0, FailMode.SHARE, flaw);
        LeaseWorld world = new LeaseWorld(seed, scenario);
        world.run(LeaseWorld.SECOND + random.nextLong(LeaseWorld.SECOND));
        change.accept(world);
        world.allowForAFault();
        long admitted = world.run(10 * LeaseWorld.SECOND);
        assertEquals(null, world.broken(), "seed " + seed);
        assertTrue(admitted >= 1_940 && admitted <= 2_060, "seed " + seed + ", " + scenario + ": " + admitted);
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
