package io.weir.gateway;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.policies.Policy;
import io.weir.settings.AdmissionSettings;
import io.weir.settings.WeirSettings;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * What the node takes on at once, and what it refuses before anything is paid for: no queue, and no guess about rates.
 *
 * <p>Two measures. <b>Strain</b>: how late an event loop comes to its timer, which is how long a request waits for the loop
 * before anybody can see it; or how long the first large body has waited there for its {@linkplain Turns turn}. Where that is so
 * on the average, {@link Shedding} takes on a part only of each flow class.
 * <b>Under way</b>: calls that left the loop and wait for Postgres or the log. A call is refused when the node is strained and
 * what is under way fills the share of the limit that its flow class may fill ({@code flows.<class>.sharePercent}). Both ways
 * reports go first, then events and writes, then checks; checks only for what is under way.
 *
 * <p>The limit is Netflix's Gradient2 over the time from an event's admission until the log has it, with the loop's lateness
 * added. The upload of a body and the wait of {@code until=recorded} are in neither measure: slow clients shrink nothing.
 * A check that is answered from memory is never under way; to refuse it would cost nearly what it costs to answer it.
 */
final class Overload {
    private static final int SMOOTHED_TICKS = 4;

    private final AdmissionSettings.Overload settings;
    private final LongSupplier nanos;
    private final long origin;
    private final Limit limit;
    private final List<Lag> loops = new CopyOnWriteArrayList<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong adjusted;
    private final Shedding shedding;
    private final Turns turns;
    private final Map<FlowClass, Flow> flows = new EnumMap<>(FlowClass.class);

    Overload(WeirSettings settings, LongSupplier nanos, MeterRegistry meters) {
        this.settings = settings.overload();
        this.nanos = nanos;
        this.origin = nanos.getAsLong();
        this.adjusted = new AtomicLong(origin);
        this.shedding = new Shedding(
                TimeUnit.MILLISECONDS.toNanos(this.settings.queueMillis()),
                this.settings.leastCalls(),
                flow -> settings.flow(flow.text()).sharePercent());
        AtomicInteger waiting = meters.gauge("weir.overload.waiting", new AtomicInteger());
        this.limit = WindowedLimit.newBuilder()
                .minWindowTime(this.settings.windowMillis(), TimeUnit.MILLISECONDS)
                .maxWindowTime(this.settings.windowMillis(), TimeUnit.MILLISECONDS)
                .build(Gradient2Limit.newBuilder()
                        .initialLimit(this.settings.initialLimit())
                        .minLimit(this.settings.minLimit())
                        .maxConcurrency(this.settings.maxLimit())
                        .build());
        for (FlowClass flow : FlowClass.values()) {
            flows.put(flow, new Flow(flow, settings.flow(flow.text()).sharePercent(), meters));
        }
        this.turns = new Turns(
                this.settings.turnBytes(),
                this.settings.waitingBytes(),
                2 * TimeUnit.MILLISECONDS.toNanos(this.settings.queueMillis()),
                nanos,
                waiting,
                flow(FlowClass.USAGE).refused::increment);
        meters.gauge("weir.overload.limit", limit, Limit::getLimit);
        meters.gauge("weir.overload.taken", shedding, Shedding::takenOfLast);
        meters.gauge("weir.overload.lag", this, overload -> overload.lagNanos() / 1e9);
    }

    /** What is counted of one flow class. */
    private static final class Flow {
        private final int sharePercent;
        private final AtomicInteger underWay = new AtomicInteger();
        private final Counter refused;

        private Flow(FlowClass flow, int sharePercent, MeterRegistry meters) {
            this.sharePercent = sharePercent;
            Tags tags = Tags.of("flow", flow.text());
            this.refused = meters.counter("weir.overload.refused", tags);
            meters.gauge("weir.overload.under.way", tags, underWay);
        }
    }

    /** How late one event loop is. */
    private final class Lag {
        private final long periodNanos = TimeUnit.MILLISECONDS.toNanos(settings.tickMillis());
        private volatile long nanosLate;
        private volatile long nanosLateMostly;
        private long last = nanos.getAsLong();

        private void tick() {
            long now = nanos.getAsLong();
            long late = Math.max(0, now - last - periodNanos);
            last = now;
            nanosLate = Math.max(late, nanosLate - nanosLate / 4);
            nanosLateMostly += (Math.max(late, turns.waitedNanos()) - nanosLateMostly) / SMOOTHED_TICKS;
            adjust(now);
        }
    }

    /** Once in a while, by the loop that comes first: what the loop says that is the latest, mostly. */
    private void adjust(long now) {
        long before = adjusted.get();
        if (now - before < TimeUnit.MILLISECONDS.toNanos(settings.adjustMillis())
                || !adjusted.compareAndSet(before, now)) {
            return;
        }
        long latest = 0;
        for (Lag lag : loops) {
            latest = Math.max(latest, lag.nanosLateMostly);
        }
        shedding.adjust(latest);
    }

    /** What large bodies wait for before they are worked on. */
    Policy turns() {
        return turns;
    }

    /** Watches the event loop of the caller for as long as its verticle is deployed. */
    void watch(Vertx vertx) {
        Lag lag = new Lag();
        loops.add(lag);
        tick(vertx, lag);
    }

    /** Each tick is asked for anew: ticks that come in a heap after a late one would say that all is well. */
    private void tick(Vertx vertx, Lag lag) {
        vertx.setTimer(settings.tickMillis(), tick -> {
            lag.tick();
            tick(vertx, lag);
        });
    }

    /** Whether a call of the class is refused now; asked before anything else of it, and counted. */
    boolean refuses(FlowClass flow) {
        if (!shedding.takes(flow)) {
            flow(flow).refused.increment();
            return true;
        }
        int taken = underWay.get();
        boolean strained = lagNanos() >= TimeUnit.MILLISECONDS.toNanos(settings.lagMillis());
        if (!strained && taken < settings.maxLimit()) {
            return false;
        }
        Flow asked = flow(flow);
        int room = strained ? limit.getLimit() : settings.maxLimit();
        if ((long) taken * 100 < (long) room * asked.sharePercent) {
            return false;
        }
        asked.refused.increment();
        return true;
    }

    /** Counts what is done for a call as under way, from now until it has ended; what has ended already costs nothing. */
    <T> Future<T> underWay(FlowClass flow, Future<T> work) {
        if (work.isComplete()) {
            return work;
        }
        begin(flow);
        return work.onComplete(done -> end(flow));
    }

    /** The same, of events on their way into the log: how long they take is what the limit follows. */
    <T> Future<T> intoTheLog(Future<T> append) {
        if (append.isComplete()) {
            return append;
        }
        int now = begin(FlowClass.USAGE);
        long begin = nanos.getAsLong();
        long waited = lagNanos();
        return append.onComplete(done -> {
            end(FlowClass.USAGE);
            long took = nanos.getAsLong() - begin + waited;
            limit.onSample(begin - origin - waited, took, now, false);
        });
    }

    private int begin(FlowClass flow) {
        flow(flow).underWay.incrementAndGet();
        return underWay.incrementAndGet();
    }

    private void end(FlowClass flow) {
        flow(flow).underWay.decrementAndGet();
        underWay.decrementAndGet();
    }

    int retryAfterSeconds() {
        return settings.retryAfterSeconds();
    }

    private Flow flow(FlowClass flow) {
        return java.util.Objects.requireNonNull(flows.get(flow));
    }

    private long lagNanos() {
        long most = 0;
        for (Lag lag : loops) {
            most = Math.max(most, lag.nanosLate);
        }
        return most;
    }
}
