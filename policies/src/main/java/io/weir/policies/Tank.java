package io.weir.policies;

import org.jspecify.annotations.Nullable;

/**
 * The cluster's side of a holder's rates: one level for each rate, refilled by the clock of the member that keeps it.
 *
 * <p>A state is an array of whole numbers, so that it travels as it is: the keeper's id, its clock, the levels in billionths of a
 * token. Monotonic clocks do not compare across members: a keeper that finds the state of another begins its own clock now, and
 * nothing is refilled for the gap. A backup therefore stamps what it is told with its own clock ({@link #backedUp}): it hears of
 * a state after that came to be, so what it refills once it keeps the tank is never more than the time that passed.
 *
 * <p>While a keeper is dead and nobody knows it, its tank cannot be asked, and would run over. So at its first taking a backup
 * that has become the keeper lets the level rise above the cap, by what came in while the asker waited, for 2 s at most; what is
 * not taken of that ebbs, at a tenth of the rate. Where no state is found, it may have been lost: the level is what an empty tank would hold by now had
 * it been emptied when a loss was last possible.
 */
public final class Tank {
    /** Rates of a holder: requests, events, bytes. */
    public static final int RATES = 3;

    private static final int KEEPER = 0;
    private static final int CLOCK = 1;
    private static final int LEVELS = 2;
    private static final long UNIT = 1_000_000_000L;
    /** A level is above its cap by no more than comes in meanwhile; one that is further was filled under another tier. */
    private static final long MOST_ABOVE_NANOS = 2_000_000_000L;
    /** Nor by more than this, so that its arithmetic does not overflow. */
    private static final long MOST_ABOVE = Long.MAX_VALUE / 4;
    /** What is above a cap ebbs by the rate over this: so slowly that it can be used up, and does not last. */
    private static final long EBB = 10;

    /**
     * What a node asks for one holder; each array has an element a rate, and 0 a second where there is no limit.
     *
     * @param perSecond tokens refilled a second
     * @param cap tokens that the tank holds
     * @param debt tokens that were spent beforehand
     * @param wanted tokens asked for
     * @param waitedNanos for how long the asker has asked without an answer
     */
    public record Ask(long[] perSecond, long[] cap, long[] debt, long[] wanted, long waitedNanos) {
        /** This after more time without an answer. */
        public Ask after(long moreNanos) {
            return new Ask(perSecond, cap, debt, wanted, waitedNanos + moreNanos);
        }

        /** This when nobody waits for the answer any more: asks for nothing, pays nothing. */
        public Ask givenUp() {
            return new Ask(perSecond, cap, new long[RATES], new long[RATES], waitedNanos);
        }
    }

    /** What the cluster answers: tokens given, and the tokens then left. */
    public record Grant(long[] given, long[] left) {}

    /** The state that follows, and the answer. */
    public record Taken(long[] state, Grant grant) {}

    /**
     * Who keeps a tank.
     *
     * @param id of the member's life; another after a restart
     * @param nowNanos its monotonic clock
     * @param emptySinceNanos when a tank could last have been lost, by the same clock
     */
    public record Keeper(long id, long nowNanos, long emptySinceNanos) {}

    private Tank() {}

    /** Pays the debts and takes what there is, up to what is wanted. */
    public static Taken take(long @Nullable [] state, Ask ask, Keeper keeper) {
        long[] next = new long[LEVELS + RATES];
        next[KEEPER] = keeper.id;
        next[CLOCK] = keeper.nowNanos;
        long[] given = new long[RATES];
        long[] left = new long[RATES];
        for (int rate = 0; rate < RATES; rate++) {
            if (ask.perSecond[rate] == 0) {
                continue;
            }
            long level = level(state, rate, ask, keeper) - ask.debt[rate] * UNIT;
            given[rate] = Math.clamp(Math.floorDiv(level, UNIT), 0, ask.wanted[rate]);
            level -= given[rate] * UNIT;
            left[rate] = Math.floorDiv(level, UNIT);
            next[LEVELS + rate] = level;
        }
        return new Taken(next, new Grant(given, left));
    }

    /** A state as a backup keeps it: by its own clock, and marked as a backup's. */
    public static long[] backedUp(long[] state, Keeper backup) {
        long[] kept = state.clone();
        kept[KEEPER] = ~backup.id;
        kept[CLOCK] = backup.nowNanos;
        return kept;
    }

    private static long level(long @Nullable [] state, int rate, Ask ask, Keeper keeper) {
        long perSecond = ask.perSecond[rate];
        long cap = ask.cap[rate] * UNIT;
        if (state == null) {
            return refilled(0, perSecond, cap, keeper.nowNanos - keeper.emptySinceNanos);
        }
        long level = state[LEVELS + rate];
        long passed = Math.max(0, keeper.nowNanos - state[CLOCK]);
        if (state[KEEPER] == ~keeper.id) {
            return refilled(level, perSecond, cap + above(perSecond, Math.min(ask.waitedNanos, passed)), passed);
        }
        if (state[KEEPER] != keeper.id) {
            return Math.min(level, cap);
        }
        if (level <= cap) {
            return refilled(level, perSecond, cap, passed);
        }
        long highest = Math.min(level, cap + above(perSecond, MOST_ABOVE_NANOS));
        return Math.max(cap, highest - above(perSecond, passed / EBB));
    }

    private static long refilled(long level, long perSecond, long cap, long nanos) {
        long missing = cap - level;
        return nanos >= missing / perSecond ? cap : level + Math.max(0, nanos) * perSecond;
    }

    /** What comes in, as far as a level may be above its cap by it. */
    private static long above(long perSecond, long nanos) {
        long most = Math.min(nanos, MOST_ABOVE_NANOS);
        return most >= MOST_ABOVE / perSecond ? MOST_ABOVE : most * perSecond;
    }
}
