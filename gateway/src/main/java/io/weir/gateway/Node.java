package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * A node that serves.
 *
 * @param door the front door's deployment, which is closed before all else
 */
record Node(
        Vertx vertx,
        Health health,
        String door,
        AwaitedReceipts receipts,
        UsageLogProducer log,
        LimitsVerticle limits) {
    /** Drains: no new call, those under way are finished, what was sent to the log is flushed, quotas given back. */
    Future<Void> drain() {
        health.phase(Health.Phase.DRAINING);
        return vertx.undeploy(door)
                .eventually(log::close)
                .eventually(receipts::close)
                .eventually(limits::giveBack);
    }

    /** Stops everything else: loops finish their batch, verticles and connections close. */
    Future<Void> stop() {
        return vertx.close();
    }
}
