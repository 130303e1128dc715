package io.weir.gateway;

import io.netty.util.concurrent.FastThreadLocal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.weir.policies.Call;
import io.weir.policies.Policy;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Work on large bodies, a little of it at a time on each event loop, so that a check never waits for all the batches that came before
 * it. Once bodies of {@code overload.turnBytes} were let through in one pass of the loop, those that follow wait, in their order; each
 * pass begins when the loop has seen to its sockets again. How long the first of them waits is what {@link Overload} sheds by.
 *
 * <p>What waits is bounded by {@code overload.maxBodyBytes}: a body that is read holds its share of them.
 */
final class Turns implements Policy {
    /** Up to this size a body costs no more than a check does. */
    private static final int SMALL_BYTES = 2_048;

    private record Waiting(Call call, int bytes, long sinceNanos, Promise<Call> promise) {}

    private final int turnBytes;
    private final LongSupplier nanos;
    private final AtomicInteger waiting;
    private final FastThreadLocal<Loop> loops = new FastThreadLocal<>() {
        @Override
        protected Loop initialValue() {
            return new Loop();
        }
    };

    /**
     * Nothing waits yet.
     *
     * @param waiting told how many calls wait on this node
     */
    Turns(int turnBytes, LongSupplier nanos, AtomicInteger waiting) {
        this.turnBytes = turnBytes;
        this.nanos = nanos;
        this.waiting = waiting;
    }

    @Override
    public Future<Call> admit(Call call) {
        Buffer body = call.body();
        int bytes = body == null ? 0 : body.length();
        return bytes <= SMALL_BYTES ? Future.succeededFuture(call) : loops.get().admit(call, bytes);
    }

    /** How long the first of those that wait on the caller's event loop has waited. */
    long waitedNanos() {
        Waiting first = loops.get().queue.peek();
        return first == null ? 0 : nanos.getAsLong() - first.sinceNanos;
    }

    /** The turns of one event loop. */
    private final class Loop {
        private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
        private int taken;
        private boolean asked;

        private Future<Call> admit(Call call, int bytes) {
            ContextInternal context = (ContextInternal) Vertx.currentContext();
            askForPass(context);
            if (queue.isEmpty() && taken < turnBytes) {
                taken += bytes;
                return Future.succeededFuture(call);
            }
            Promise<Call> promise = context.promise();
            queue.add(new Waiting(call, bytes, nanos.getAsLong(), promise));
            waiting.incrementAndGet();
            return promise.future();
        }

        /** A timer that is due at once, not a task: tasks go on before the sockets are seen to. */
        private void askForPass(ContextInternal context) {
            if (!asked) {
                asked = true;
                context.nettyEventLoop().schedule(() -> pass(context), 0, TimeUnit.NANOSECONDS);
            }
        }

        private void pass(ContextInternal context) {
            asked = false;
            taken = 0;
            while (taken < turnBytes && !queue.isEmpty()) {
                Waiting next = queue.remove();
                waiting.decrementAndGet();
                taken += next.bytes;
                next.promise.complete(next.call);
            }
            if (taken > 0) {
                askForPass(context);
            }
        }
    }
}
