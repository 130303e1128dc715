package io.weir.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The streams of this node that are being read: so many at most, and all ended when the node drains. */
final class OpenStreams {
    /** How a stream ended. */
    enum Outcome {
        /** Read to its end. */
        COMPLETE,
        /** Ended by Weir before its end, with a problem in its last line. */
        REFUSED,
        /** The connection was gone. */
        ABORTED,
        /** Its receipts were not read, and it was closed. */
        UNREAD
    }

    private final int most;
    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private final Map<Outcome, Counter> ended = new EnumMap<>(Outcome.class);
    private final Counter lines;
    private volatile boolean draining;

    OpenStreams(int most, MeterRegistry meters) {
        this.most = most;
        this.lines = meters.counter("weir.streams.lines");
        meters.gaugeCollectionSize("weir.streams.open", java.util.List.of(), open);
        for (Outcome outcome : Outcome.values()) {
            ended.put(
                    outcome,
                    meters.counter(
                            "weir.streams.ended", "outcome", outcome.name().toLowerCase(Locale.ROOT)));
        }
    }

    /** Whether one more may be read. */
    boolean enter(EventStream stream) {
        if (draining || open.size() >= most) {
            return false;
        }
        open.add(stream);
        return true;
    }

    void settled(int events) {
        lines.increment(events);
    }

    void leave(EventStream stream, Outcome outcome) {
        open.remove(stream);
        Counter counter = ended.get(outcome);
        if (counter != null) {
            counter.increment();
        }
    }

    /** Ends every stream with a last line that says how far it was taken. */
    void drain() {
        draining = true;
        open.forEach(EventStream::drain);
    }
}
