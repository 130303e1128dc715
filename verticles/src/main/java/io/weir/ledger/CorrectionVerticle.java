package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Answers {@link Addresses#CORRECT_EVENT}. To be deployed on virtual threads; any number of nodes may run it. */
public final class CorrectionVerticle extends VerticleBase {
    private final Corrections corrections;
    private @Nullable MessageConsumer<?> consumer;

    public CorrectionVerticle(Pool pool, WeirSettings.Ledger ledger, MeterSettings meters, InstantSource clock) {
        this.corrections = new Corrections(pool, ledger.heldPerPass(), meters.maxDimensionSets(), clock);
    }

    @Override
    public Future<?> start() {
        consumer = Addresses.CORRECT_EVENT.answer(
                vertx.eventBus(), command -> Future.succeededFuture(corrections.correct(command)));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }
}
