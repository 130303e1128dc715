package io.weir.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What the door turned away before it was a call, and how many bytes of answers clients have not taken. */
final class DoorMeters {
    /** Why a connection, a stream or a head was turned away. */
    enum Reason {
        CONNECTIONS,
        SILENT,
        SLOW_HEAD,
        MALFORMED,
        SLOW_READER,
        UNREAD
    }

    private final Map<Reason, Counter> turnedAway = new EnumMap<>(Reason.class);
    private final AtomicLong unread;

    DoorMeters(MeterRegistry meters) {
        for (Reason reason : Reason.values()) {
            turnedAway.put(
                    reason,
                    Counter.builder("weir.http.refused")
                            .tag("reason", reason.name().toLowerCase(java.util.Locale.ROOT))
                            .register(meters));
        }
        unread = meters.gauge("weir.http.unread.bytes", new AtomicLong());
    }

    void turnedAway(Reason reason) {
        Counter counter = turnedAway.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    /** Adds to the bytes that wait for clients of this node; tells how many there are now. */
    long unread(long more) {
        return unread.addAndGet(more);
    }
}
