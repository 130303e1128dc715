package io.weir.policies;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The tokens of one rate that the cluster has granted to this node: spent here without a call, void when the lease ends.
 *
 * <p>While no lease is held, a small float may be spent. What was spent of it is a debt, told with the next ask and taken from
 * the tank; only an answer to that makes the float good again. So the float adds nothing to the rate, only to what a window
 * may see: at most one float a node.
 */
final class Stock implements Tokens {
    private final long perSecond;
    private final long burst;
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicLong afloat;
    private final AtomicLong debt = new AtomicLong();
    private final AtomicLong demand = new AtomicLong();
    /** The costliest taking that was refused since the last ask. */
    private final AtomicLong refused = new AtomicLong();

    private final Runnable wake;
    private volatile boolean leased;
    private volatile long until;
    private volatile long inTank;

    /**
     * An empty one.
     *
     * @param wake told of each taking: whoever asks the cluster for more must know who needs it
     */
    Stock(long perSecond, long burst, long floatTokens, Runnable wake) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.afloat = new AtomicLong(floatTokens);
        this.wake = wake;
        this.inTank = burst;
    }

    @Override
    public boolean take(long wanted, long now) {
        wake.run();
        demand.addAndGet(wanted);
        if (leased(now) ? spend(tokens, wanted) : floated(wanted)) {
            return true;
        }
        refused.accumulateAndGet(wanted, Math::max);
        return false;
    }

    private boolean floated(long wanted) {
        if (!spend(afloat, wanted)) {
            return false;
        }
        debt.addAndGet(wanted);
        return true;
    }

    private static boolean spend(AtomicLong from, long wanted) {
        while (true) {
            long there = from.get();
            if (there < wanted) {
                return false;
            }
            if (from.compareAndSet(there, there - wanted)) {
                return true;
            }
        }
    }

    @Override
    public void giveBack(long unspent, long now) {
        demand.addAndGet(-unspent);
        // Of the float too: its debt stands, so the token is paid for.
        if (leased(now)) {
            tokens.addAndGet(unspent);
        }
    }

    @Override
    public long remaining(long now) {
        long here = leased(now) ? tokens.get() : afloat.get();
        return Math.clamp(here + inTank, 0, burst);
    }

    @Override
    public long nanosUntil(long wanted, long now) {
        long missing = Math.min(wanted, burst) - (leased(now) ? tokens.get() : 0) - inTank;
        return missing <= 0 ? 1 : Math.max(1, missing * 1_000_000_000L / perSecond);
    }

    boolean leased(long now) {
        return leased && until - now > 0;
    }

    /** What was spent of the float and not yet taken from the tank. */
    long debt() {
        return debt.get();
    }

    /** What was asked for since the last call of this. */
    long drainDemand() {
        return demand.getAndSet(0);
    }

    /** The costliest taking that was refused since the last call of this. */
    long drainRefused() {
        return refused.getAndSet(0);
    }

    /** Tokens that can be spent here now. */
    long here(long now) {
        return leased(now) ? tokens.get() : 0;
    }

    /** Whether somebody has asked since the last ask. */
    boolean wanted() {
        return demand.get() > 0 || debt.get() > 0;
    }

    /** The cluster's answer to an ask. */
    void granted(long given, long paid, long left, long leaseUntil, long now) {
        debt.addAndGet(-paid);
        afloat.addAndGet(paid);
        inTank = left;
        if (leased(now)) {
            tokens.addAndGet(given);
        } else {
            tokens.set(given);
        }
        until = leaseUntil;
        leased = true;
    }
}
