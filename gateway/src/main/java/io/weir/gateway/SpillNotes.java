package io.weir.gateway;

import io.vertx.core.Vertx;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the ledger, for all nodes, that this node holds accepted events which are not in the log: usage is not whole behind them.
 * Blocks, for a bounded time.
 */
final class SpillNotes {
    private static final Logger LOG = LoggerFactory.getLogger(SpillNotes.class);
    private static final int MOST_MILLIS = 1_000;
    private static final long AGAIN_NANOS = 5_000_000_000L;

    private final Vertx vertx;
    private final String node;
    private boolean clean;
    private long due = System.nanoTime();

    SpillNotes(Vertx vertx, String node) {
        this.vertx = vertx;
        this.node = node;
    }

    /** Events are held, the oldest since then; noted before one is answered, and again now and then. */
    synchronized void held(Instant oldest) {
        if (System.nanoTime() - due >= 0) {
            clean = false;
            note(Optional.of(oldest));
            due = System.nanoTime() + AGAIN_NANOS;
        }
    }

    /** Nothing is held, unless it is by now; tried again by each call until it is noted. */
    synchronized void none(BooleanSupplier held) {
        if (!clean && !held.getAsBoolean()) {
            clean = note(Optional.empty());
            due = System.nanoTime();
        }
    }

    /** Whether it could be noted. Where Postgres is away nobody can say how far usage is whole either. */
    private boolean note(Optional<Instant> oldest) {
        try {
            Addresses.NOTE_SPILLED
                    .ask(vertx.eventBus(), new Commands.NoteSpilled(node, oldest), MOST_MILLIS)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(MOST_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("spill.note failure={}", e.toString());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
