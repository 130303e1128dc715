package io.weir.policies;

import io.weir.settings.AdmissionSettings;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node may spend of the cluster's limits: leases of tokens, asked for ahead of need and never on a request's path.
 *
 * <p><b>The way.</b> A rate has one {@link Tank} in the cluster, refilled at the rate, holding the burst. Each node asks it, every
 * interval, for what its own recent demand will need; spends that locally ({@link Stock}), and returns nothing: what is left when
 * the lease ends is void. A holder that was idle has no lease: its first takings spend a small float while the first ask is
 * under way.
 *
 * <p><b>What is bounded.</b> With the rate L, the tank's size B (the burst, or {@code aheadMillis} of the rate if that is more), N
 * nodes, the lease S (at most {@code aheadMillis} of the rate, or the costliest request that waits for one) and the float F
 * ({@code floatPercent} of the burst): in any time W the cluster admits at most {@code L*W + B + N*(S + F)}. For a tank gives at
 * most L*W + B in W, debts of the float included; beside that, a node can spend in W only what it was granted before, S, and a
 * float that is not paid yet, F.
 *
 * <p><b>Which failure takes what.</b> An ask or an answer that is lost, late or doubled grants nothing or takes tokens twice: less
 * is admitted. A node that dies takes its lease along. A tank whose keeper dies goes on at its backup, from when that last heard of
 * it, and keeps what came in while nodes waited; where both are lost, at zero. A change that is noticed after D adds at most
 * {@code B + S + L*D}. A node that gets no answer for the time of a lease, or sees half of the expected nodes or fewer,
 * falls back to the tier's fail mode: with m such nodes, {@code share} adds at most m*L*W/N, {@code open} m*L*W, {@code closed}
 * nothing.
 *
 * <p>Everything but {@link #get}, {@link #wake} and the counters is called on one thread.
 */
public final class Leases implements Supplier<Standing> {
    /** The way to the cluster's tanks. */
    public interface Tanks {
        /**
         * Asks, also again where the keeper is gone; the answer is given on the caller's thread, null where there was none in time:
         * from then on it must not take anything. Never throws.
         */
        void ask(String holder, Tank.Ask ask, Consumer<Tank.@Nullable Grant> answer);
    }

    private final AdmissionSettings.Throttle settings;
    private final LongSupplier nanos;
    private final Lease.Terms terms;
    private final Queue<Holder> woken = new ConcurrentLinkedQueue<>();
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger held = new AtomicInteger();
    private final List<Holder> holders = new ArrayList<>();
    private final LongAdder grants = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder beyond = new LongAdder();
    private volatile Standing standing;
    private volatile Runnable nudge = () -> {};
    private volatile int failing;
    private volatile long oldest;

    /** A request that waits for its holder's next tokens. */
    private record Waiting(Holder holder, Runnable then) {}

    /**
     * No leases yet, on a node that stands alone.
     *
     * @param nanos a monotonic clock
     */
    public Leases(AdmissionSettings.Throttle settings, LongSupplier nanos) {
        this.settings = settings;
        this.nanos = nanos;
        this.terms = new Lease.Terms(
                settings.intervalMillis() * 1_000_000L,
                settings.aheadMillis() * 1_000_000L,
                settings.leaseMillis() * 1_000_000L);
        this.standing = Standing.alone(nanos.getAsLong());
    }

    /** How this node stands. */
    @Override
    public Standing get() {
        return standing;
    }

    /** The members have changed. */
    public void members(int members, int expected) {
        standing = standing.with(members, expected, nanos.getAsLong());
    }

    /** What is called, on any thread, when a holder needs its first lease soon. */
    public void onWake(Runnable nudge) {
        this.nudge = nudge;
    }

    Lease.Terms terms() {
        return terms;
    }

    /** What an idle holder may spend at once. */
    long floatOf(long burst) {
        return Math.max(1, burst * settings.floatPercent() / 100);
    }

    /** A holder needs leases from now on; false where there are as many as may be. */
    boolean wake(Holder holder) {
        if (held.incrementAndGet() > settings.maxLeases()) {
            held.decrementAndGet();
            beyond.increment();
            return false;
        }
        woken.add(holder);
        nudge.run();
        return true;
    }

    /** Asks for that holder, and runs once the ask under way has ended, however. */
    void await(Holder holder, Runnable then) {
        waiting.add(new Waiting(holder, then));
        nudge.run();
    }

    /** Asks at once for those that have just woken. */
    public void first(Tanks tanks) {
        for (Holder holder = woken.poll(); holder != null; holder = woken.poll()) {
            holders.add(holder);
            ask(holder.lease, tanks, nanos.getAsLong());
        }
        for (Waiting one = waiting.poll(); one != null; one = waiting.poll()) {
            if (one.holder.awake()) {
                // None where one is under way already: so at most one a holder at a time, however many wait.
                ask(one.holder.lease, tanks, nanos.getAsLong());
            }
            one.holder.lease.whenAsked(one.then);
        }
    }

    /** Asks for every holder that has traffic; lets those go that have none. */
    public void round(Tanks tanks) {
        first(tanks);
        long now = nanos.getAsLong();
        int failed = 0;
        long age = 0;
        boolean leased = standing.footing() == Standing.Footing.LEASED;
        for (Iterator<Holder> all = holders.iterator(); all.hasNext(); ) {
            Holder holder = all.next();
            if (!leased || holder.lease.idle(now)) {
                all.remove();
                held.decrementAndGet();
                holder.slept();
            } else {
                age = Math.max(age, holder.lease.age(now));
                failed += holder.lease.failing() ? 1 : 0;
                ask(holder.lease, tanks, now);
            }
        }
        failing = failed;
        oldest = age;
    }

    private void ask(Lease lease, Tanks tanks, long now) {
        Tank.Ask ask = lease.next(now);
        if (ask != null) {
            tanks.ask(lease.holder, ask, grant -> {
                if (grant == null) {
                    lost.increment();
                    lease.unanswered(ask, nanos.getAsLong());
                } else if (lease.answered(ask, grant, nanos.getAsLong())) {
                    grants.increment();
                }
            });
        }
    }

    /** Asks that were answered. */
    public long grants() {
        return grants.sum();
    }

    /** Asks that were not answered in time. */
    public long lost() {
        return lost.sum();
    }

    /** Takings that could not begin a lease, because there were as many as may be. */
    public long beyond() {
        return beyond.sum();
    }

    /** Holders with a lease. */
    public int held() {
        return held.get();
    }

    /** Holders that the cluster does not answer, whose fail mode holds. */
    public int failing() {
        return failing;
    }

    /** How long the oldest ask is under way, in nanoseconds. */
    public long oldest() {
        return oldest;
    }
}
