package io.weir.gateway;

import io.netty.util.concurrent.FastThreadLocal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.weir.policies.Call;
import io.weir.policies.Policy;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Work on large bodies, a little of it at a time on each event loop, so that a check never waits for all the batches that came before
 * it. Once bodies of {@code overload.turnBytes} were let through in one pass of the loop, those that follow wait, in their order; each
 * pass begins when the loop has seen to its sockets again. How long the first of them waits is what {@link Overload} sheds by.
 *
 * <p>A body that finds {@code overload.waitingBytes} before it on its loop is refused, and the wait is told as too long until it is asked
 * for: bodies that wait are memory, and memory that is held while much is allocated makes the collector stop everything.
 */
final class Turns implements Policy {
    /** Up to this size a body costs no more than a check does. */
    private static final int SMALL_BYTES = 2_048;

    private record Waiting(Call call, int bytes, long sinceNanos, Promise<Call> promise) {}

    private static final Refusal FULL =
            new Refusal.Unavailable("as much as fits waits to be worked on; nothing of the request was taken", 1);

    private final int turnBytes;
    private final int waitingBytes;
    private final long tooLongNanos;
    private final LongSupplier nanos;
    private final AtomicInteger waiting;
    private final Runnable refused;
    private final FastThreadLocal<Loop> loops = new FastThreadLocal<>() {
        @Override
        protected Loop initialValue() {
            return new Loop();
        }
    };

    /**
     * Nothing waits yet.
     *
     * @param tooLongNanos what is said of the wait when a body was refused
     * @param waiting told how many calls wait on this node
     * @param refused told of each refusal
     */
    Turns(
            int turnBytes,
            int waitingBytes,
            long tooLongNanos,
            LongSupplier nanos,
            AtomicInteger waiting,
            Runnable refused) {
        this.turnBytes = turnBytes;
        this.waitingBytes = waitingBytes;
        this.tooLongNanos = tooLongNanos;
        this.nanos = nanos;
        this.waiting = waiting;
        this.refused = refused;
    }

    @Override
    public Future<Call> admit(Call call) {
        Buffer body = call.body();
        int bytes = body == null ? 0 : body.length();
        return bytes <= SMALL_BYTES ? Future.succeededFuture(call) : loops.get().admit(call, bytes);
    }

    /** How long the first of those that wait on the caller's event loop has waited; too long where one was refused since this was asked. */
    long waitedNanos() {
        return loops.get().waitedNanos();
    }

    /** The turns of one event loop. */
    private final class Loop {
        private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
        private int taken;
        private int queuedBytes;
        private boolean asked;
        private boolean full;

        private long waitedNanos() {
            Waiting first = queue.peek();
            long waited = first == null ? 0 : nanos.getAsLong() - first.sinceNanos;
            long told = full ? Math.max(waited, tooLongNanos) : waited;
            full = false;
            return told;
        }

        private Future<Call> admit(Call call, int bytes) {
            ContextInternal context = (ContextInternal) Vertx.currentContext();
            askForPass(context);
            if (queue.isEmpty() && taken < turnBytes) {
                taken += bytes;
                return Future.succeededFuture(call);
            }
            if (queuedBytes >= waitingBytes) {
                full = true;
                refused.run();
                return Future.failedFuture(new RefusedException(FULL));
            }
            Promise<Call> promise = context.promise();
            queuedBytes += bytes;
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
                queuedBytes -= next.bytes;
                next.promise.complete(next.call);
            }
            if (taken > 0) {
                askForPass(context);
            }
        }
    }
}
