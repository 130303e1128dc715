package io.weir.schemas;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A typed address of this node's event bus: questions of type Q, answers of type A, both immutable and passed by
 * reference. Refusals travel as {@link RefusedException}. What crosses nodes goes through Postgres or Kafka, or through
 * an address of bytes of its own; never through this one.
 *
 * @param name the address
 */
public record Address<Q, A>(String name) {
    private static final String CODEC = "weir-local";
    private static final DeliveryOptions LOCAL =
            new DeliveryOptions().setLocalOnly(true).setCodecName(CODEC);

    /** Registers the codec; once for each Vert.x instance, before any address is used. */
    public static void prepare(Vertx vertx) {
        vertx.eventBus().registerCodec(new ByReference());
    }

    /** Asks, and waits at most so long. */
    public Future<A> ask(EventBus bus, Q question, long timeoutMillis) {
        DeliveryOptions options = new DeliveryOptions(LOCAL).setSendTimeout(timeoutMillis);
        return bus.<Reply<A>>request(name, new Passed(question), options)
                .compose(message -> message.body().future());
    }

    /** Tells all listeners of this node. */
    public void tell(EventBus bus, Q news) {
        bus.publish(name, new Passed(news), LOCAL);
    }

    /** Answers questions. */
    @SuppressWarnings("unchecked")
    public MessageConsumer<?> answer(EventBus bus, Function<Q, Future<A>> answer) {
        return bus.<Passed>localConsumer(
                name,
                message -> Future.succeededFuture((Q) message.body().value())
                        .compose(answer)
                        .onComplete(done -> message.reply(new Reply<>(done.cause(), done.result()), LOCAL)));
    }

    /** Listens to news. */
    @SuppressWarnings("unchecked")
    public MessageConsumer<?> listen(EventBus bus, Consumer<Q> listener) {
        return bus.<Passed>localConsumer(
                name, message -> listener.accept((Q) message.body().value()));
    }

    private record Passed(Object value) {}

    private record Reply<A>(
            @org.jspecify.annotations.Nullable Throwable failure,
            @org.jspecify.annotations.Nullable A value) {
        @SuppressWarnings("NullAway") // an answer without a failure has its value; Future<Void> has null
        Future<A> future() {
            return failure == null ? Future.succeededFuture(value) : Future.failedFuture(failure);
        }
    }

    private static final class ByReference implements MessageCodec<Object, Object> {
        @Override
        public void encodeToWire(Buffer buffer, Object value) {
            throw new UnsupportedOperationException("a local address does not cross nodes");
        }

        @Override
        public Object decodeFromWire(int position, Buffer buffer) {
            throw new UnsupportedOperationException("a local address does not cross nodes");
        }

        @Override
        public Object transform(Object value) {
            return value;
        }

        @Override
        public String name() {
            return CODEC;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
