package io.weir.exceptions;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Answers {@link Addresses#ASSIGN_EXCEPTION}; any number of nodes may run it. */
public final class ExceptionsVerticle extends VerticleBase {
    private final Assignments assignments;
    private @Nullable MessageConsumer<?> consumer;

    public ExceptionsVerticle(Pool money, InstantSource clock) {
        this.assignments = new Assignments(money, clock);
    }

    @Override
    public Future<?> start() {
        consumer = Addresses.ASSIGN_EXCEPTION.answer(vertx.eventBus(), assignments::assign);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        MessageConsumer<?> open = consumer;
        return open == null ? Future.succeededFuture() : open.unregister();
    }
}
