package io.weir.policies;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one holder gets from the cluster on this node: asks by recent demand, one ask at a time, and forgets what is answered too
 * late. Only {@link Leases} calls it, on its own thread.
 */
final class Lease {
    private static final long SECOND_NANOS = 1_000_000_000L;

    /** How leases are sized and timed. */
    record Terms(long intervalNanos, long aheadNanos, long leaseNanos) {
        /** What a tank holds: the burst, or what comes in while nobody may have asked, if that is more. */
        long cap(long perSecond, long burst) {
            return Math.max(burst, most(perSecond));
        }

        /** Tokens that a lease holds at most, where no single taking costs more. */
        long most(long perSecond) {
            return Math.max(1, Math.ceilDiv(perSecond * (aheadNanos / 1_000), 1_000_000));
        }
    }

    final String holder;
    private final @Nullable Tap[] taps;
    private final Terms terms;
    private final long[] smoothed = new long[Tank.RATES];
    private final long[] costliest = new long[Tank.RATES];
    private final List<Runnable> waiting = new ArrayList<>();
    private Tank.@Nullable Ask underWay;
    private long askedAt;
    private long wantedAt;
    private long unansweredSince;
    private boolean asked;
    private boolean unanswered;

    Lease(String holder, @Nullable Tap[] taps, Terms terms) {
        this.holder = holder;
        this.taps = taps;
        this.terms = terms;
    }

    /** What to ask now; null while an ask is under way. */
    Tank.@Nullable Ask next(long now) {
        if (underWay != null) {
            return null;
        }
        long elapsed = asked ? Math.max(1_000_000, now - askedAt) : terms.intervalNanos;
        long[] perSecond = new long[Tank.RATES];
        long[] cap = new long[Tank.RATES];
        long[] debt = new long[Tank.RATES];
        long[] wanted = new long[Tank.RATES];
        for (int i = 0; i < Tank.RATES; i++) {
            Tap tap = taps[i];
            if (tap != null) {
                perSecond[i] = tap.rate.perSecond();
                cap[i] = terms.cap(tap.rate.perSecond(), tap.rate.burst());
                debt[i] = tap.stock.debt();
                wanted[i] = Math.clamp(desired(i, tap, elapsed, now) - tap.stock.here(now), 0, cap[i]);
            }
        }
        asked = true;
        askedAt = now;
        return underWay = new Tank.Ask(perSecond, cap, debt, wanted, unanswered ? now - unansweredSince : 0);
    }

    private long desired(int i, Tap tap, long elapsed, long now) {
        long demand = tap.stock.drainDemand();
        if (demand > 0 || tap.stock.debt() > 0) {
            wantedAt = now;
        }
        long ahead = Math.min(demand, AHEAD_MOST) * (terms.aheadNanos / 1_000) / Math.max(1, elapsed / 1_000);
        smoothed[i] = Math.max(ahead, (smoothed[i] + ahead) / 2);
        long refused = tap.stock.drainRefused();
        // Kept until it fits, or nobody comes back for it.
        costliest[i] = Math.max(refused, tap.stock.here(now) >= costliest[i] ? 0 : costliest[i]);
        return Math.max(costliest[i], Math.min(smoothed[i], terms.most(tap.rate.perSecond())));
    }

    private static final long AHEAD_MOST = Long.MAX_VALUE / SECOND_NANOS / 10;

    /** The cluster's answer; one that is not to the ask under way came too late, and grants nothing. */
    boolean answered(Tank.Ask ask, Tank.Grant grant, long now) {
        if (ask != underWay) {
            return false;
        }
        underWay = null;
        unanswered = false;
        for (int i = 0; i < Tank.RATES; i++) {
            Tap tap = taps[i];
            if (tap != null) {
                tap.stock.granted(grant.given()[i], ask.debt()[i], grant.left()[i], askedAt + terms.leaseNanos, now);
                tap.recover(now);
            }
        }
        release();
        return true;
    }

    /** No answer came in time: nothing is granted; after the time of a lease the tier's fail mode holds. */
    void unanswered(Tank.Ask ask, long now) {
        if (ask != underWay) {
            return;
        }
        underWay = null;
        if (!unanswered) {
            unanswered = true;
            unansweredSince = askedAt;
        }
        if (now - unansweredSince >= terms.leaseNanos) {
            for (Tap tap : taps) {
                if (tap != null) {
                    tap.fail(now);
                }
            }
        }
        release();
    }

    /** Runs when the ask under way has ended; at once where none is. */
    void whenAsked(Runnable then) {
        if (underWay == null) {
            then.run();
        } else {
            waiting.add(then);
        }
    }

    private void release() {
        List<Runnable> done = List.copyOf(waiting);
        waiting.clear();
        done.forEach(Runnable::run);
    }

    /** Whether nobody has asked for the time of a lease: it is let go. */
    boolean idle(long now) {
        if (underWay != null || !asked) {
            return false;
        }
        for (Tap tap : taps) {
            if (tap != null && tap.stock.wanted()) {
                return false;
            }
        }
        return now - wantedAt >= terms.leaseNanos;
    }

    /** How old the ask under way is; 0 where there is none. */
    long age(long now) {
        return underWay == null ? 0 : now - askedAt;
    }

    boolean failing() {
        for (Tap tap : taps) {
            if (tap != null && tap.failing()) {
                return true;
            }
        }
        return false;
    }
}
