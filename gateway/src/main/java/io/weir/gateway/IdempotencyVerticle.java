package io.weir.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.weir.policies.Idempotency;
import io.weir.settings.AdmissionSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends this node's old claims at its start, and deletes kept answers by age, batch after batch. */
final class IdempotencyVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyVerticle.class);

    private final Idempotency idempotency;
    private final AdmissionSettings.Idempotency settings;
    private final Counter forgotten;
    private long timer;

    IdempotencyVerticle(Idempotency idempotency, AdmissionSettings.Idempotency settings, MeterRegistry meters) {
        this.idempotency = idempotency;
        this.settings = settings;
        this.forgotten = meters.counter("weir.idempotency.forgotten");
    }

    @Override
    public Future<?> start() {
        timer = vertx.setPeriodic(settings.housekeepingMillis(), tick -> pass());
        return idempotency.abandon();
    }

    @Override
    public Future<?> stop() {
        vertx.cancelTimer(timer);
        return Future.succeededFuture();
    }

    private void pass() {
        idempotency
                .forget()
                .onSuccess(count -> {
                    forgotten.increment(count);
                    if (count >= settings.deleteBatch()) {
                        pass();
                    }
                })
                .onFailure(failure -> LOG.warn("idempotency.housekeeping failure={}", failure.toString()));
    }
}
