package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.TenantId;
import io.weir.settings.AdmissionSettings;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The month's quotas that this node spends from: slices, reserved in Postgres before they are spent, so that all nodes together
 * never admit one event more than the quota, whatever dies.
 *
 * <p>A slice covers the next {@code quotaAheadMillis} by recent demand, and at most a share of what is left in the tank: towards
 * the end slices shrink to what a request waits for, so that the last event is admitted. What is not needed is given back in the
 * next round, and at an orderly stop. A node that is killed leaves a slice of each holder: it counts as used until the node is
 * started again, which knows from its {@link SpendingFile} what was spent of it, to the event. A machine that never comes back
 * takes its slices along: at most {@code quotaAheadMillis} and a round of its demand, and no more than half of what was left
 * over the number of nodes.
 *
 * <p>All but {@link #of}, {@link #wake} and {@link #reconcile} is called on one event loop.
 */
public final class Months {
    private static final Logger LOG = LoggerFactory.getLogger(Months.class);

    private final SqlClient pool;
    private final SpendingFile file;
    private final String node;
    private final AdmissionSettings.Throttle settings;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Supplier<Standing> standing;
    private final Queue<Month> woken = new ConcurrentLinkedQueue<>();
    private final Queue<Waiting> asked = new ConcurrentLinkedQueue<>();
    private final Map<Month, Reserving> active = new HashMap<>();
    private final LongAdder failures = new LongAdder();
    private volatile Runnable nudge = () -> {};

    /** A request that waits for a slice. */
    private record Waiting(Month month, long events, Promise<Void> promise) {}

    /** What is under way for one month. */
    private static final class Reserving {
        private final List<Waiting> waiting = new ArrayList<>();
        private long smoothed;
        private boolean underWay;
        private Future<?> last = Future.succeededFuture();
    }

    /**
     * Nothing reserved yet.
     *
     * @param file where this node counts what it spends
     * @param node this node's lasting name
     * @param nanos a monotonic clock
     */
    public Months(
            SqlClient pool,
            SpendingFile file,
            String node,
            AdmissionSettings.Throttle settings,
            InstantSource clock,
            LongSupplier nanos,
            Supplier<Standing> standing) {
        this.pool = pool;
        this.file = file;
        this.node = node;
        this.settings = settings;
        this.clock = clock;
        this.nanos = nanos;
        this.standing = standing;
    }

    Month of(TenantId tenant, String holder, String name, long quota) {
        return new Month(tenant, holder, name, quota, this, file, clock);
    }

    /**
     * Settles what former lives of this node have left, before anything is spent: what they had reserved and not spent is
     * free again. Where the file does not know, all of it was spent.
     */
    public Future<Void> reconcile() {
        LocalDate month = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).withDayOfMonth(1);
        return QuotaTable.own(pool, node, month).compose(all -> {
            Future<Void> settled = Future.succeededFuture();
            List<Long> spent = new ArrayList<>();
            for (QuotaTable.Own own : all) {
                long known = file.spent(own.tenant(), own.holder(), own.month()).orElse(own.reserved());
                long real = Math.clamp(known, own.spent(), Math.max(own.spent(), own.reserved()));
                spent.add(real);
                settled = settled.compose(done -> QuotaTable.reconcile(pool, node, own, real));
            }
            return settled.onSuccess(done -> begin(all, spent));
        });
    }

    /** The file goes on from what is settled. */
    private void begin(List<QuotaTable.Own> all, List<Long> spent) {
        file.clear();
        for (int i = 0; i < all.size(); i++) {
            QuotaTable.Own own = all.get(i);
            file.add(file.place(own.tenant(), own.holder(), own.month()), spent.get(i));
        }
    }

    /** What is called, on any thread, when a slice is needed soon. */
    public void onWake(Runnable nudge) {
        this.nudge = nudge;
    }

    void wake(Month month) {
        woken.add(month);
        nudge.run();
    }

    /** Completes when the tank was asked for so many; then it is worth another try. */
    void await(Month month, long events, Promise<Void> promise) {
        asked.add(new Waiting(month, events, promise));
        nudge.run();
    }

    long freshNanos() {
        return settings.quotaMillis() * 1_000_000L;
    }

    /** Statements that failed. */
    public long failures() {
        return failures.sum();
    }

    /** Asks at once for those that have just woken, and for requests that wait. */
    public void first() {
        for (Month month = woken.poll(); month != null; month = woken.poll()) {
            active.putIfAbsent(month, new Reserving());
        }
        List<Month> needed = new ArrayList<>();
        for (Waiting one = asked.poll(); one != null; one = asked.poll()) {
            active.computeIfAbsent(one.month, month -> new Reserving()).waiting.add(one);
            needed.add(one.month);
        }
        for (Month month : needed) {
            Reserving reserving = active.get(month);
            if (reserving != null && !reserving.underWay) {
                settle(month, reserving);
            }
        }
    }

    /** Reserves for every holder that has traffic; gives back what the others have left. */
    public void round() {
        first();
        for (Iterator<Map.Entry<Month, Reserving>> all = active.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Month, Reserving> each = all.next();
            if (!each.getValue().underWay && !settle(each.getKey(), each.getValue())) {
                all.remove();
                each.getKey().slept();
            }
        }
    }

    /** False where there is nothing to do. */
    private boolean settle(Month month, Reserving reserving) {
        LocalDate of = month.month();
        long demand = month.drainDemand();
        long ahead = demand * settings.quotaAheadMillis() / settings.quotaMillis();
        reserving.smoothed = demand == 0 ? 0 : Math.max(ahead, (reserving.smoothed + ahead) / 2);
        long reserved = month.reserved();
        long waiting = 0;
        long least = Long.MAX_VALUE;
        for (Waiting one : reserving.waiting) {
            waiting += one.events;
            least = Math.min(least, one.events);
        }
        long need = waiting == 0 ? 0 : Math.max(0, least - reserved);
        long want = Math.max(0, Math.max(reserving.smoothed, waiting) - reserved);
        long back = waiting == 0 ? month.withdraw(of, 2 * reserving.smoothed) : 0;
        long spent = month.drainSpent(of);
        if (waiting == 0 && want == 0 && back == 0 && spent == 0) {
            return demand > 0 || reserved > 0;
        }
        QuotaTable.Settlement asked = new QuotaTable.Settlement(
                month.quota, back, spent, want, need, 2L * standing.get().nodes());
        ask(month, of, reserving, asked);
        return true;
    }

    private void ask(Month month, LocalDate of, Reserving reserving, QuotaTable.Settlement asked) {
        List<Waiting> served = List.copyOf(reserving.waiting);
        reserving.waiting.clear();
        reserving.underWay = true;
        reserving.last = QuotaTable.settle(pool, month, of, node, asked).onComplete(done -> {
            reserving.underWay = false;
            if (done.succeeded()) {
                month.granted(of, done.result(), nanos.getAsLong());
                served.forEach(one -> one.promise.tryComplete());
            } else {
                // What was given back stays used, and what was spent is not told again: it may have been stored.
                failures.increment();
                LOG.warn("quota.failed failure={}", String.valueOf(done.cause()));
                served.forEach(one -> one.promise.tryFail(done.cause()));
            }
            if (!reserving.waiting.isEmpty()) {
                settle(month, reserving);
            }
        });
    }

    /** Ends when every statement has that is under way. */
    Future<Void> settled() {
        return Future.join(active.values().stream().map(each -> each.last).toList())
                .mapEmpty();
    }

    /** Gives back all that is reserved; nothing is spent any more. */
    public Future<Void> close() {
        return settled()
                .transform(ended -> {
                    List<Future<?>> given = new ArrayList<>();
                    active.keySet().forEach(month -> given.add(giveBack(month)));
                    active.clear();
                    return Future.join(given);
                })
                .mapEmpty();
    }

    private Future<?> giveBack(Month month) {
        LocalDate of = month.month();
        long back = month.withdraw(of, 0);
        long spent = month.drainSpent(of);
        return back == 0 && spent == 0
                ? Future.succeededFuture()
                : QuotaTable.settle(
                        pool, month, of, node, new QuotaTable.Settlement(month.quota, back, spent, 0, 0, 1));
    }
}
