package io.weir.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** The open connections of this node, counted from their accepting on, whether they say anything or not. */
final class OpenConnections {
    private final int most;
    private final AtomicInteger open;

    OpenConnections(int most, MeterRegistry meters) {
        this.most = most;
        this.open = meters.gauge("weir.http.connections", new AtomicInteger());
    }

    /** Takes a place for a connection; false where there is none left. */
    boolean enter() {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            return false;
        }
        return true;
    }

    void left() {
        open.decrementAndGet();
    }
}
