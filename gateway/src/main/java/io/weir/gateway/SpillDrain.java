package io.weir.gateway;

import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what the journal holds to the log, oldest first, and cuts the journal behind what the log acknowledged.
 *
 * <p>A thread of its own. When the log refuses one record, the producer is cut off at once (see {@link LogConnection}: nothing of
 * what comes after it is sent), and with a new one everything is sent again from the first that has no acknowledgement. Some then
 * come twice, and never in another order; the ledger's ids take care of that.
 */
final class SpillDrain {
    private static final Logger LOG = LoggerFactory.getLogger(SpillDrain.class);
    private static final long LOOK_MILLIS = 100;

    private final WeirSettings.Spill settings;
    private final Spill spill;
    private final SpillJournal journal;
    private final LogConnection connection;
    private final SpillSignals signals;
    private final String topic;
    private final ArrayDeque<Sent> underWay = new ArrayDeque<>();
    private AtomicLong bytesUnderWay = new AtomicLong();
    private boolean over;

    private record Sent(SpillJournal.Group group, AtomicInteger open) {}

    SpillDrain(
            WeirSettings.Spill settings,
            Spill spill,
            SpillJournal journal,
            LogConnection connection,
            SpillSignals signals,
            String topic) {
        this.settings = settings;
        this.spill = spill;
        this.journal = journal;
        this.connection = connection;
        this.signals = signals;
        this.topic = topic;
    }

    /** Drains until the spill is stopped: the drainer's thread. */
    void run() {
        while (spill.isRunning()) {
            signals.drainerLives();
            if (!spill.spilling(LOOK_MILLIS)) {
                over = false;
                continue;
            }
            try {
                step();
            } catch (IOException | RuntimeException e) {
                LOG.warn("spill.drain failure={}", e.toString());
                spill.pause(settings.retryMillis());
            }
        }
    }

    private void step() throws IOException {
        Producer<String, byte[]> producer = connection.now();
        if (!over) {
            // What it has not sent yet is kept here by now, and must not overtake what is.
            over = true;
            if (producer != null) {
                connection.cut(producer);
                producer = null;
            }
        }
        cutAcknowledged();
        if (producer == null) {
            underWay.clear();
            bytesUnderWay = new AtomicLong();
            connection.connect();
            journal.rewind();
            return;
        }
        if (bytesUnderWay.get() > settings.windowBytes()) {
            spill.pause(LOOK_MILLIS);
            return;
        }
        Optional<SpillJournal.Group> group = journal.read();
        if (group.isPresent()) {
            send(producer, group.get());
        } else if (underWay.isEmpty()) {
            over = !spill.goBack();
            if (over) {
                spill.pause(LOOK_MILLIS);
            }
        } else {
            spill.pause(LOOK_MILLIS);
        }
    }

    private void cutAcknowledged() throws IOException {
        for (Sent sent = underWay.peek(); sent != null && sent.open.get() == 0; sent = underWay.peek()) {
            underWay.remove();
            journal.cut(sent.group);
            signals.drained(sent.group.records().size());
            Sent next = underWay.peek();
            if (next != null) {
                spill.oldest(next.group.keptAtMillis());
            }
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
    private void send(Producer<String, byte[]> producer, SpillJournal.Group group) {
        Sent sent = new Sent(group, new AtomicInteger(group.records().size()));
        AtomicLong inWindow = bytesUnderWay;
        underWay.add(sent);
        for (ProducerRecord<String, byte[]> record : group.records()) {
            int bytes = record.value().length;
            inWindow.addAndGet(bytes);
            producer.send(
                    new ProducerRecord<>(topic, null, record.key(), record.value(), record.headers()),
                    (place, failure) -> {
                        if (failure == null) {
                            inWindow.addAndGet(-bytes);
                            if (sent.open.decrementAndGet() == 0) {
                                spill.wake();
                            }
                        } else {
                            LOG.debug("spill.send failure={}", failure.toString());
                            connection.cut(producer);
                            spill.wake();
                        }
                    });
        }
    }
}
