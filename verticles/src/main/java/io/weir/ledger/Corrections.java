package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Commands.Amendment;
import io.weir.schemas.Commands.CorrectEvent;
import io.weir.schemas.Commands.Corrected;
import io.weir.schemas.EventKeys;
import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.UsageLog;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Voids and amends recorded events: appends what takes an entry back, and for an amendment the entry that stands instead. Each is
 * one transaction, under the lock that a batch holds. The last correction of an event says what stands: an amendment after a void
 * brings it back. What would change nothing appends nothing, so a command that comes again does no harm. On a virtual thread; safe
 * to be asked from several.
 *
 * <p>Locks, in this order: master data (shared), the event's id (corrections of one event wait for each other), what it waits as
 * (held events), its entry (attribution), backfills, then aggregates as a batch does. Where Postgres finds a deadlock with a batch
 * all the same, it is tried again, at most {@value #ATTEMPTS} times.
 */
final class Corrections {
    /** The partition of the log that a replacement carries: it was never in the log. */
    static final int REPLACEMENT = -2;

    private static final int ATTEMPTS = 5;
    private static final String ROLLED_BACK = "40";

    /**
     * What is recorded of the event.
     *
     * @param entry the one that stands, or stood last
     * @param digest of what stands
     * @param corrections how many it had
     * @param heldAs open exceptions that it waits as
     */
    record Present(Row entry, boolean stands, @Nullable UUID digest, int corrections, List<Long> heldAs) {
        Instant recordedAt() {
            return Instants.of(entry.getOffsetDateTime("recorded_at"));
        }

        Instant time() {
            return Instants.of(entry.getOffsetDateTime("event_time"));
        }

        String type() {
            return entry.getString("event_type");
        }

        boolean counted() {
            return stands && entry.getString("held") == null;
        }

        /** The state as the API tells it. */
        String state() {
            return !stands ? "voided" : !counted() ? "held" : corrections > 0 ? "amended" : "recorded";
        }
    }

    private final Pool pool;
    private final int cacheSize;
    private final int maxDimensionSets;
    private final InstantSource clock;

    /**
     * Corrects.
     *
     * @param cacheSize most accounts that one correction remembers
     * @param maxDimensionSets as {@link DimensionSets} takes it
     */
    Corrections(Pool pool, int cacheSize, int maxDimensionSets, InstantSource clock) {
        this.pool = pool;
        this.cacheSize = cacheSize;
        this.maxDimensionSets = maxDimensionSets;
        this.clock = clock;
    }

    /** Voids, or amends where the command has an amendment. */
    Corrected correct(CorrectEvent command) {
        for (int attempt = 1; ; attempt++) {
            try {
                return InTransaction.run(pool, sql -> correct(sql, command));
            } catch (Exception e) { // what a future failed with is thrown as it is, checked or not
                if (attempt == ATTEMPTS || !rolledBack(e)) {
                    throw e;
                }
            }
        }
    }

    private static boolean rolledBack(Exception failure) {
        return failure instanceof PgException pg
                && pg.getSqlState() != null
                && pg.getSqlState().startsWith(ROLLED_BACK);
    }

    private Corrected correct(SqlConnection sql, CorrectEvent command) {
        Accounts accounts = new Accounts(cacheSize);
        accounts.lock(sql);
        Present present = present(sql, command);
        Amendment amendment = command.amendment();
        if (amendment == null) {
            return present.stands ? append(sql, accounts, command, present, null) : nothing();
        }
        LoggedEvent event = event(command, amendment, present);
        boolean same = present.stands && event.digest().equals(present.digest);
        return same ? nothing() : append(sql, accounts, command, present, event);
    }

    private static Corrected nothing() {
        return new Corrected(false, Set.of());
    }

    private static Present present(SqlConnection sql, CorrectEvent command) {
        UUID key = EventKeys.key(command.tenant(), command.source(), command.id());
        if (Future.await(sql.preparedQuery(CorrectionTable.LOCK_EVENT).execute(Tuple.of(key)))
                        .rowCount()
                == 0) {
            throw refused(
                    new Refusal.NotFound("event recorded; one that was accepted just now may still be on its way"));
        }
        List<Long> heldAs = new ArrayList<>();
        Future.await(sql.preparedQuery(CorrectionTable.LOCK_HELD)
                        .execute(Tuple.of(key, command.tenant().value())))
                .forEach(row -> heldAs.add(row.getLong("exception")));
        Row standing = Future.await(sql.preparedQuery(CorrectionTable.STANDING).execute(Tuple.of(key)))
                .iterator()
                .next();
        Tuple place = Tuple.of(key, standing.getOffsetDateTime("last_at"));
        sql.preparedQuery(CorrectionTable.LOCK_ENTRY).execute(place);
        for (Row entry : Future.await(sql.preparedQuery(CorrectionTable.ENTRY).execute(place))) {
            if (!command.narrowing().mayPostType(entry.getString("event_type"))) {
                throw refused(new Refusal.Narrowed("the credential is narrowed to other event types"));
            }
            return new Present(
                    entry,
                    standing.getOffsetDateTime("recorded_at") != null,
                    standing.getUUID("digest"),
                    standing.getInteger("corrections"),
                    heldAs);
        }
        throw refused(new Refusal.Conflict("event-archived", "the event's entry is not kept any more"));
    }

    /** The replacement; without a time of its own it has that of what it replaces. */
    private static LoggedEvent event(CorrectEvent command, Amendment amendment, Present present) {
        LogRecord record = new LogRecord(
                REPLACEMENT,
                present.corrections + 1L,
                amendment.receivedAt(),
                command.tenant().value() + UsageLog.SEPARATOR,
                amendment.event(),
                amendment.receivedAt(),
                amendment.correlation(),
                amendment.schemaVersion(),
                Optional.empty());
        LoggedEvent event;
        try {
            event = LoggedEvent.read(record, present.time());
        } catch (LoggedEvent.UnreadableException e) {
            throw refused(Refusal.Invalid.at("", String.valueOf(e.getMessage())));
        }
        if (event.time().isBefore(amendment.oldest()) && event.time().isBefore(present.time())) {
            throw refused(Refusal.Invalid.at(
                    "/time", "is older than an event may be, and than what is recorded: " + present.time()));
        }
        return event;
    }

    private Corrected append(
            SqlConnection sql,
            Accounts accounts,
            CorrectEvent command,
            Present present,
            @Nullable LoggedEvent replacement) {
        DimensionSets dimensions = new DimensionSets(maxDimensionSets, cacheSize);
        return new AppendedCorrection(sql, accounts, dimensions, command, present, replacement, now(present)).append();
    }

    /** Later than what it replaces was recorded, whatever the clocks of two nodes: the instants tell entries of one event apart. */
    private Instant now(Present present) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Instant next = present.recordedAt().plus(1, ChronoUnit.MICROS);
        return now.isBefore(next) ? next : now;
    }

    private static RefusedException refused(Refusal refusal) {
        return new RefusedException(refusal);
    }
}
