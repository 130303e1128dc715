package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands.Corrected;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Answers {@link Addresses#CORRECT_EVENT}. To be deployed on virtual threads; any number of nodes may run it. */
public final class CorrectionVerticle extends VerticleBase {
    private final Corrections corrections;
    private final LedgerMeters counted;
    private @Nullable MessageConsumer<?> consumer;

    /** @param pool connections of the flow class of commands, so that many corrections leave the ledger's loops theirs */
    public CorrectionVerticle(
            Pool pool, WeirSettings.Ledger ledger, MeterSettings meters, InstantSource clock, LedgerMeters counted) {
        this.counted = counted;
        this.corrections = new Corrections(pool, ledger.heldPerPass(), meters.maxDimensionSets(), clock);
    }

    @Override
    public Future<?> start() {
        consumer = Addresses.CORRECT_EVENT.answer(vertx.eventBus(), command -> {
            Corrected done = corrections.correct(command);
            counted.corrected(done, command.amendment() != null);
            return Future.succeededFuture(done);
        });
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }
}
