package io.weir.policies;

import org.jspecify.annotations.Nullable;

/**
 * The cluster's side of a holder's rates: one level for each rate, refilled by the clock of the member that keeps it.
 *
 * <p>A state is an array of whole numbers, so that it travels as it is: the keeper's id, its clock, the levels in billionths of a
 * token. Monotonic clocks do not compare across members: a keeper that finds the state of another begins its own clock now, and
 * nothing is refilled for the gap. Where no state is found, it may have been lost: the level is what an empty tank would hold by now
 * had it been emptied when a loss was last possible.
 */
public final class Tank {
    /** Rates of a holder: requests, events, bytes. */
    public static final int RATES = 3;

    private static final int KEEPER = 0;
    private static final int CLOCK = 1;
    private static final int LEVELS = 2;
    private static final long UNIT = 1_000_000_000L;

    /**
     * What a node asks for one holder; each array has an element a rate, and 0 a second where there is no limit.
     *
     * @param perSecond tokens refilled a second
     * @param cap tokens that the tank holds
     * @param debt tokens that were spent beforehand
     * @param wanted tokens asked for
     */
    public record Ask(long[] perSecond, long[] cap, long[] debt, long[] wanted) {}

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

    private static long level(long @Nullable [] state, int rate, Ask ask, Keeper keeper) {
        long perSecond = ask.perSecond[rate];
        long cap = ask.cap[rate] * UNIT;
        if (state == null) {
            return refilled(0, perSecond, cap, keeper.nowNanos - keeper.emptySinceNanos);
        }
        long level = Math.min(state[LEVELS + rate], cap);
        return state[KEEPER] == keeper.id ? refilled(level, perSecond, cap, keeper.nowNanos - state[CLOCK]) : level;
    }

    private static long refilled(long level, long perSecond, long cap, long nanos) {
        long missing = cap - level;
        return nanos >= missing / perSecond ? cap : level + Math.max(0, nanos) * perSecond;
    }
}
