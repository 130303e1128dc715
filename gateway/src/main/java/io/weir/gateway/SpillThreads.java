package io.weir.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The two threads of a spill: one writes its journal, one drains it. Of the platform, since both wait for files. */
final class SpillThreads {
    private static final Logger LOG = LoggerFactory.getLogger(SpillThreads.class);
    private static final Duration DRAIN = Duration.ofMillis(1_500);
    private static final Duration END = Duration.ofMillis(1_000);
    private static final long LOOK_MILLIS = 20;

    private final Spill spill;
    private final SpillJournal journal;
    private final SpillSignals signals;
    private final List<Thread> threads;

    SpillThreads(Spill spill, SpillJournal journal, SpillDrain drain, SpillSignals signals) {
        this.spill = spill;
        this.journal = journal;
        this.signals = signals;
        this.threads = List.of(
                Thread.ofPlatform().daemon().name("weir-spill-write").unstarted(spill::write),
                Thread.ofPlatform().daemon().name("weir-spill-drain").unstarted(drain::run));
    }

    Spill spill() {
        return spill;
    }

    void start() {
        signals.started();
        threads.forEach(Thread::start);
    }

    /** Drains what can be in a short time; what is left is drained by this node's next life. Blocks. */
    void stop() throws IOException {
        long until = System.nanoTime() + DRAIN.toNanos();
        while (spill.isSpilling() && System.nanoTime() < until) {
            spill.pause(LOOK_MILLIS);
        }
        spill.stop();
        try {
            for (Thread thread : threads) {
                if (thread.isAlive() && !thread.join(END)) {
                    LOG.warn("spill.stop thread={}", thread.getName());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!journal.isEmpty()) {
            LOG.warn("spill.left bytes={}", journal.bytes());
        }
        journal.close();
    }
}
