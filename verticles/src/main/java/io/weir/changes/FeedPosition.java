package io.weir.changes;

import io.weir.changes.ChangeTable.Reading;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Where the reader of the feed stands: pure, one thread.
 *
 * <p>Position is a transaction id, never a sequence or a clock: those commit out of order. Everything below {@code from}
 * has been told. Whatever is below the oldest running transaction is committed or gone for good, so moving there can
 * never step over a change that commits later.
 *
 * <p>{@code asOf}: whatever was committed before a reading at instant t has an id below that reading's {@code next}. So
 * once {@code from} reaches it, all of that has been told, and {@code asOf} is t. Readings that wait for this are few: a
 * long transaction holds them all back and frees them together, so when there are many the youngest gives way.
 */
final class FeedPosition {
    private static final int MOST_WAITING = 64;
    private static final long NOWHERE = -1;

    private final int limit;
    private final Duration kept;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long from = NOWHERE;
    private Instant asOf = Instant.EPOCH;
    private Instant lastReading = Instant.EPOCH;

    private record Waiting(Instant at, long next) {}

    /**
     * Before the first reading.
     *
     * @param limit changes that one reading asks for
     * @param kept how long changes are surely kept
     */
    FeedPosition(int limit, Duration kept) {
        this.limit = limit;
        this.kept = kept;
    }

    /** First transaction to read. Before the first reading it is beyond all: only the horizon is wanted. */
    long from() {
        return from == NOWHERE ? Long.MAX_VALUE : from;
    }

    /** Every change committed up to here has been told. */
    Instant asOf() {
        return asOf;
    }

    /** Moves on by a reading whose statement was sent at this instant, and says what to tell. */
    ChangeBatch advance(Instant at, Reading reading) {
        if (from == NOWHERE || reading.oldest() < from || lastReading.plus(kept).isBefore(at)) {
            return restart(at, reading);
        }
        lastReading = at;
        boolean more = reading.rows() >= limit;
        from = more ? reading.last() + 1 : reading.oldest();
        if (waiting.size() == MOST_WAITING) {
            waiting.removeLast();
        }
        waiting.addLast(new Waiting(at, reading.next()));
        while (!waiting.isEmpty() && waiting.getFirst().next() <= from) {
            asOf = waiting.removeFirst().at();
        }
        return new ChangeBatch(List.copyOf(new LinkedHashSet<Change>(reading.changes())), asOf, false);
    }

    /** The present horizon, from nowhere: whoever reloads everything after this sees all that it steps over. */
    private ChangeBatch restart(Instant at, Reading reading) {
        waiting.clear();
        lastReading = at;
        from = reading.oldest();
        asOf = at;
        return new ChangeBatch(List.of(), asOf, true);
    }
}
