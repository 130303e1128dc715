package io.weir.gateway;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting at the start and the stop of a node, on its main thread and nowhere else; never without a bound. */
final class Wait {
    private static final long SECONDS = 60;
    private static final long STEP_NANOS = 20_000_000;

    private Wait() {}

    /** The future's result. */
    static <T> T on(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new StartFailure("a part did not start within " + SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("interrupted", e);
        }
    }

    /** Returns when it holds. */
    static void until(BooleanSupplier holds, String what) {
        long begin = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(SECONDS)) {
                throw new StartFailure("waited " + SECONDS + " s for " + what);
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
    }
}
