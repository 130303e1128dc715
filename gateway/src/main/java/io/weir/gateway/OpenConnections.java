package io.weir.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpConnection;
import java.util.concurrent.atomic.AtomicInteger;

/** The open connections of this node: one beyond the bound is closed at once. */
final class OpenConnections {
    private final int most;
    private final AtomicInteger open;

    OpenConnections(int most, MeterRegistry meters) {
        this.most = most;
        this.open = meters.gauge("weir.http.connections", new AtomicInteger());
    }

    void opened(HttpConnection connection) {
        if (open.incrementAndGet() > most) {
            connection.close();
        }
        connection.closeHandler(closed -> open.decrementAndGet());
    }
}
