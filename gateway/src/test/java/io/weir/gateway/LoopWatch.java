package io.weir.gateway;

import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A heart beat on each event loop, which tells when a loop did not get to it in time although it worked or waited all the
 * while; a machine that gave the loop no time is nobody's fault.
 */
final class LoopWatch implements AutoCloseable {
    private static final long BEAT_MILLIS = 20;
    private static final long MOST_MILLIS = 200;
    private static final long NANOS = 1_000_000;
    /** More than the event loops of a node: every loop gets a context. */
    private static final int CONTEXTS = 12;

    private final Vertx vertx;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Map<Long, long[]> last = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> blocked = new ConcurrentLinkedQueue<>();
    private final long[] timers = new long[CONTEXTS];

    LoopWatch(Vertx vertx) {
        this.vertx = vertx;
        threads.setThreadContentionMonitoringEnabled(true);
        for (int i = 0; i < CONTEXTS; i++) {
            int at = i;
            io.vertx.core.internal.ContextInternal context =
                    ((io.vertx.core.internal.VertxInternal) vertx).createEventLoopContext();
            context.runOnContext(run -> timers[at] = vertx.setPeriodic(BEAT_MILLIS, beat -> beat()));
        }
    }

    /** What a loop has used up so far: its clock, its processor time, its time in locks and waits. */
    private void beat() {
        Thread thread = Thread.currentThread();
        ThreadInfo info = threads.getThreadInfo(thread.threadId());
        long[] now = {
            System.nanoTime(), threads.getCurrentThreadCpuTime(), (info.getBlockedTime() + info.getWaitedTime()) * NANOS
        };
        long[] before = last.put(thread.threadId(), now);
        if (before == null || now[0] - before[0] < MOST_MILLIS * NANOS) {
            return;
        }
        long busy = now[1] - before[1] + now[2] - before[2];
        if (busy > MOST_MILLIS * NANOS) {
            blocked.add(thread.getName() + " for " + busy / NANOS + " ms");
        }
    }

    /** The loops that were blocked. */
    List<String> blocked() {
        return List.copyOf(blocked);
    }

    @Override
    public void close() {
        for (long timer : timers) {
            vertx.cancelTimer(timer);
        }
    }
}
