package io.weir.gateway;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/**
 * Which part of each flow class is taken on while requests queue for the event loops: falls fast by what the queue is too long,
 * and rises slowly (as TCP's window does), so it settles where the loops are just busy.
 *
 * <p>Classes go in stages, by their share: the next stage is touched when nothing of the one before is taken on. The stage with
 * all of the limit (checks) is never touched: a check from memory costs hardly more than its refusal. Some calls of each class
 * are taken on in any case, so that a node on a busy machine still does what little is asked of it.
 */
final class Shedding {
    private static final int ALL = 1_000;
    private static final int WHOLE_SHARE = 100;
    private static final double MOST_AT_ONCE = 0.5;
    private static final double LEAST_AT_ONCE = 0.95;

    private final long queueNanos;
    private final int leastCalls;
    private final int most;
    private final Map<FlowClass, Part> parts = new EnumMap<>(FlowClass.class);
    private volatile int taken;

    Shedding(long queueNanos, int leastCalls, ToIntFunction<FlowClass> sharePercent) {
        this.queueNanos = queueNanos;
        this.leastCalls = leastCalls;
        List<Integer> stages = List.of(FlowClass.values()).stream()
                .map(sharePercent::applyAsInt)
                .filter(share -> share < WHOLE_SHARE)
                .distinct()
                .sorted()
                .toList();
        this.most = Math.max(1, stages.size()) * ALL;
        this.taken = most;
        for (FlowClass flow : FlowClass.values()) {
            int stage = stages.indexOf(sharePercent.applyAsInt(flow));
            parts.put(flow, new Part(stage < 0, (stages.size() - 1 - stage) * ALL));
        }
    }

    /** One class: it is taken on as far as what is taken exceeds what is left to the stages after it. */
    private final class Part {
        private final boolean whole;
        private final int above;
        private final AtomicInteger credit = new AtomicInteger();
        private final AtomicInteger calls = new AtomicInteger();

        private Part(boolean whole, int above) {
            this.whole = whole;
            this.above = above;
        }

        private boolean takes(int taken) {
            int part = taken - above;
            if (whole || part >= ALL || calls.incrementAndGet() <= leastCalls) {
                return true;
            }
            if (part <= 0 || credit.addAndGet(part) < ALL) {
                return false;
            }
            credit.addAndGet(-ALL);
            return true;
        }
    }

    /** Tells how late the loops were of late, on the average: half of how long a request waits for them. */
    void adjust(long lateNanos) {
        int now = taken;
        if (lateNanos > queueNanos) {
            double kept = Math.clamp((double) queueNanos / lateNanos, MOST_AT_ONCE, LEAST_AT_ONCE);
            taken = Math.max(1, (int) (now * kept));
        } else {
            taken = Math.min(most, now + ALL / 100 + now / 20);
        }
        for (Part part : parts.values()) {
            part.calls.set(0);
        }
    }

    boolean takes(FlowClass flow) {
        int now = taken;
        return now >= most || Objects.requireNonNull(parts.get(flow)).takes(now);
    }

    /** What is taken on of the classes that are refused last: 1 is all. */
    double takenOfLast() {
        return Math.min(ALL, taken) / (double) ALL;
    }
}
