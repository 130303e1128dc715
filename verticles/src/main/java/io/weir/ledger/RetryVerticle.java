package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers {@link Addresses#RETRY_EVENT} and {@link Addresses#RESOLVE_EVENT}. To be deployed on virtual threads; any number of
 * nodes may run it.
 */
public final class RetryVerticle extends VerticleBase {
    private final Retries retries;
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();

    public RetryVerticle(
            Pool pool, String topic, WeirSettings.Ledger settings, WeirSettings.Meters meters, InstantSource clock) {
        this.retries = new Retries(pool, topic, settings.heldPerPass(), meters.maxDimensionSets(), clock);
    }

    @Override
    public Future<?> start() {
        var bus = vertx.eventBus();
        consumers.add(Addresses.RETRY_EVENT.answer(bus, command -> Future.succeededFuture(retries.retry(command))));
        consumers.add(Addresses.RESOLVE_EVENT.answer(bus, command -> {
            retries.resolve(command);
            return Future.succeededFuture();
        }));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return Future.join(
                consumers.reversed().stream().map(MessageConsumer::unregister).toList());
    }
}
