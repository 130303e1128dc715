package io.weir.gateway;

import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where events of spill tiers go: straight to the log, or, while that is away, to this node's journal.
 *
 * <p>It is a switch of the whole node. It goes over when an event of such a tier is given up by the producer, or has no
 * acknowledgement for {@code spill.afterMillis}; with it goes everything of these tiers that is under way, in its order, so nobody
 * waits longer. It goes back when the journal is empty, everything of it acknowledged by the log, and nobody about to keep more.
 * So an event that was answered before another one was sent stands before it in the log, by whichever way each went.
 *
 * <p>One thread writes: all that waits is one group, one append, one force; meanwhile the next group gathers. {@link SpillDrain}
 * empties the journal. The lock is held for list operations only; nothing is read, written or sent under it.
 */
final class Spill {
    private static final Logger LOG = LoggerFactory.getLogger(Spill.class);
    private static final long GROUP_BYTES = 1 << 20;
    private static final long PROBE_MILLIS = 1_000;
    private static final String DISK = "the log is away, and this node's disk does not take events";

    /** The events of one request; told once, from any thread, what became of them here. */
    interface Request {
        List<ProducerRecord<String, byte[]>> records();

        long bytes();

        /** When it was taken, by the monotonic clock. */
        long sinceNanos();

        void kept();

        void refused(String why);
    }

    private final WeirSettings.Spill settings;
    private final SpillJournal journal;
    private final SpillSignals signals;
    private final SpillNotes notes;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final LinkedHashSet<Request> straight = new LinkedHashSet<>();
    private final ArrayDeque<Request> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean spilling;
    private boolean writing;
    private boolean clearing;
    private boolean broken;
    private boolean running = true;
    private volatile long oldestMillis;

    Spill(
            WeirSettings.Spill settings,
            SpillJournal journal,
            SpillSignals signals,
            SpillNotes notes,
            InstantSource clock) {
        this.settings = settings;
        this.journal = journal;
        this.signals = signals;
        this.notes = notes;
        this.clock = clock;
        this.spilling = !journal.isEmpty();
        this.oldestMillis = journal.oldestMillis();
        if (spilling) {
            LOG.warn("spill.left bytes={} since={}", journal.bytes(), oldestMillis);
            signals.away();
        }
    }

    /** Takes a request: true where it goes straight, false where it is kept here (or told that it is not). */
    boolean straight(Request request) {
        lock.lock();
        try {
            if (!spilling) {
                straight.add(request);
                return true;
            }
            keep(request);
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** A request that went straight is done; false where it went over meanwhile, and is told of here. */
    boolean left(Request request) {
        lock.lock();
        try {
            return straight.remove(request);
        } finally {
            lock.unlock();
        }
    }

    /** Goes over, with everything that is under way. */
    void goOver(String why) {
        lock.lock();
        try {
            if (spilling) {
                return;
            }
            spilling = true;
            signals.away();
            LOG.warn("spill.begin requests={} why={}", straight.size(), why);
            List<Request> over = new ArrayList<>(straight);
            straight.clear();
            over.forEach(this::keep);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void keep(Request request) {
        String why = refusal(request.bytes());
        if (why.isEmpty()) {
            queue.add(request);
            queuedBytes += request.bytes();
            changed.signalAll();
        } else {
            signals.refused(request.records().size());
            request.refused(why);
        }
    }

    /** Why so many bytes are not kept now; empty where they are. */
    private String refusal(long bytes) {
        if (!running) {
            return "this node stops";
        }
        if (broken) {
            return DISK;
        }
        if (journal.bytes() + queuedBytes + bytes > settings.maxBytes()) {
            return "the log is away, and this node keeps as many events as it may";
        }
        long oldest = oldestMillis;
        boolean old = oldest != 0 && clock.millis() - oldest > settings.maxAgeSeconds() * 1_000L;
        return old ? "the log has been away for longer than this node may keep events" : "";
    }

    /** Writes until it is closed: the writer's thread. */
    void write() {
        for (List<Request> group = gather(); !group.isEmpty(); group = gather()) {
            try {
                write(group);
            } catch (RuntimeException e) {
                // Who waits for this group hears nothing, which claims nothing; the next one is written all the same.
                LOG.error("spill.bug", e);
                written(false);
            }
        }
    }

    private void write(List<Request> group) {
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        group.forEach(request -> records.addAll(request.records()));
        boolean kept = append(records);
        written(kept);
        group.forEach(request -> {
            if (kept) {
                request.kept();
            } else {
                request.refused(DISK);
            }
        });
    }

    /** What waits, as one group; empty when this is closed. While the disk fails it is tried now and then instead. */
    private List<Request> gather() {
        lock.lock();
        try {
            while (running && (queue.isEmpty() || clearing)) {
                signals.writerLives();
                changed.await(PROBE_MILLIS, TimeUnit.MILLISECONDS);
                if (broken) {
                    probe();
                }
            }
            List<Request> group = new ArrayList<>();
            long bytes = 0;
            Request first = queue.peek();
            while (first != null && (group.isEmpty() || bytes + first.bytes() <= GROUP_BYTES)) {
                bytes += first.bytes();
                group.add(queue.remove());
                first = queue.peek();
            }
            queuedBytes -= bytes;
            writing = !group.isEmpty();
            return group;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    /** Called with the lock held, which it gives up meanwhile. */
    private void probe() {
        lock.unlock();
        boolean good = false;
        try {
            journal.probe();
            good = true;
            signals.diskAnswered();
            LOG.info("spill.disk again");
        } catch (IOException e) {
            LOG.debug("spill.probe failure={}", e.toString());
        } finally {
            lock.lock();
            broken = !good;
        }
    }

    private boolean append(List<ProducerRecord<String, byte[]>> records) {
        long now = clock.millis();
        long begin = System.nanoTime();
        try {
            journal.append(records, now);
            oldestMillis = oldestMillis == 0 ? now : oldestMillis;
            notes.held(Instant.ofEpochMilli(oldestMillis));
            signals.kept(records.size(), System.nanoTime() - begin);
            return true;
        } catch (IOException e) {
            LOG.error("spill.disk failure={}", e.toString());
            signals.refused(records.size());
            return false;
        }
    }

    private void written(boolean kept) {
        lock.lock();
        try {
            writing = false;
            if (!kept) {
                broken = true;
                signals.diskFailed();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for something to do, at most so long; whether events are kept here now. Looks for what waits too long. */
    boolean spilling(long millis) {
        boolean late = false;
        lock.lock();
        try {
            if (!spilling && running) {
                changed.await(millis, TimeUnit.MILLISECONDS);
                late = !straight.isEmpty()
                        && System.nanoTime() - straight.getFirst().sinceNanos() > settings.afterMillis() * 1_000_000L;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        if (late) {
            goOver("no acknowledgement for " + settings.afterMillis() + " ms");
        } else if (!isSpilling()) {
            notes.none(this::isSpilling);
        }
        return isSpilling();
    }

    /** Waits until something changes, at most so long. */
    void pause(long millis) {
        lock.lock();
        try {
            if (running) {
                changed.await(millis, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Something was acknowledged, or failed. */
    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Since when the oldest event that is kept here has been; 0: none is. */
    void oldest(long millis) {
        oldestMillis = millis;
    }

    /** Goes back where nothing is left and nobody is about to keep anything; the writer waits while files go. True where it did. */
    boolean goBack() throws IOException {
        if (!nothingLeft()) {
            return false;
        }
        boolean cleared = false;
        boolean back = false;
        try {
            journal.clear();
            cleared = true;
        } finally {
            lock.lock();
            try {
                clearing = false;
                if (cleared) {
                    oldestMillis = 0;
                }
                back = cleared && queue.isEmpty();
                if (back) {
                    spilling = false;
                    signals.back();
                    LOG.info("spill.end");
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
        return back;
    }

    private boolean nothingLeft() {
        lock.lock();
        try {
            clearing = queue.isEmpty() && !writing && journal.isEmpty();
            return clearing;
        } finally {
            lock.unlock();
        }
    }

    boolean isSpilling() {
        lock.lock();
        try {
            return spilling;
        } finally {
            lock.unlock();
        }
    }

    boolean isRunning() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more; what waits to be written still is, and the threads end. */
    void stop() {
        lock.lock();
        try {
            running = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Seconds since the oldest event that is kept here was. */
    double ageSeconds() {
        long oldest = oldestMillis;
        return oldest == 0 ? 0 : (clock.millis() - oldest) / 1_000d;
    }

    long bytes() {
        return journal.bytes();
    }
}
