package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.Amendment;
import io.weir.schemas.Commands.CorrectEvent;
import io.weir.schemas.Commands.Corrected;
import io.weir.schemas.CustomerId;
import io.weir.schemas.EventKeys;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.UsageLog;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

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

    /** What is recorded of the event. */
    private record Present(
            Row entry,
            boolean stands,
            @Nullable UUID digest,
            int corrections,
            List<Long> heldAs) {
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

        State state() {
            String state = !stands ? "voided" : !counted() ? "held" : corrections > 0 ? "amended" : "recorded";
            return new State(
                    state, type(), entry.getString("subject"), time(), entry.getString("customer"), corrections, null);
        }
    }

    /** What a correction changes, as the audit trail keeps it; the data stands in the entries. */
    private record State(
            String state,
            String type,
            String subject,
            Instant time,
            @Nullable String customer,
            int corrections,
            @Nullable String reason) {}

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
            throw refused(new Refusal.NotFound("event recorded; one that was accepted just now may still be on its way"));
        }
        List<Long> heldAs = new ArrayList<>();
        Future.await(sql.preparedQuery(CorrectionTable.LOCK_HELD)
                        .execute(Tuple.of(key, command.tenant().value())))
                .forEach(row -> heldAs.add(row.getLong("exception")));
        Row standing = Future.await(
                        sql.preparedQuery(CorrectionTable.STANDING).execute(Tuple.of(key)))
                .iterator()
                .next();
        for (Row entry : Future.await(sql.preparedQuery(CorrectionTable.LOCK_ENTRY)
                .execute(Tuple.of(key, standing.getOffsetDateTime("last_at"))))) {
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
        Rows rows = new Rows(accounts);
        if (replacement == null) {
            accounts.loadMeters(sql, Set.of(command.tenant()));
        } else {
            accounts.load(sql, Recorder.names(List.of(replacement)));
            rows.add(replacement);
        }
        Backfills backfills = Backfills.hold(sql, command.tenant());
        Uncounted uncounted = new Uncounted();
        takeOut(accounts, command, present, backfills, rows.aggregates(), uncounted);
        rows.uncounted()
                .forEach(entry -> uncounted.add(
                        command.tenant(), entry.event().type(), entry.event().time(), 1));
        Instant now = now(present);
        write(sql, accounts, command, present, replacement, rows, backfills, uncounted, now);
        audit(sql, command, present, replacement, rows);
        return new Corrected(
                true,
                rows.aggregates().customers().stream()
                        .map(Aggregates.Customer::customer)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static void takeOut(
            Accounts accounts,
            CorrectEvent command,
            Present present,
            Backfills backfills,
            Aggregates aggregates,
            Uncounted uncounted) {
        if (!present.counted()) {
            return;
        }
        Row entry = present.entry;
        JsonNode data = Json.tree(entry.getString("data"));
        List<Meter> meters = Meter.accepting(
                accounts.countedBy(
                        command.tenant(),
                        present.type(),
                        entry.getInteger("schema_version"),
                        entry.getLong("master_revision"),
                        meter -> backfills.passed(meter, present.recordedAt(), entry.getUUID("event_key"))),
                data);
        CustomerId customer = new CustomerId(entry.getString("customer"));
        Aggregates.Counting counting = new Aggregates.Counting(
                command.tenant(), Rebuild.whose(customer, entry), present.time(), data);
        if (!aggregates.takeOut(counting, meters, backfills::inMonths)) {
            uncounted.add(command.tenant(), present.type(), present.time(), -1);
        }
    }

    /** Sends what was kept in the order of a batch; what stands for many is made anew once the correction itself is written. */
    private void write(
            SqlConnection sql,
            Accounts accounts,
            CorrectEvent command,
            Present present,
            @Nullable LoggedEvent replacement,
            Rows rows,
            Backfills backfills,
            Uncounted uncounted,
            Instant now) {
        Aggregates aggregates = rows.aggregates();
        aggregates.makeOnesAnew();
        DimensionSets dimensions = new DimensionSets(maxDimensionSets, cacheSize);
        dimensions.fit(sql, aggregates);
        List<Future<?>> sent = new ArrayList<>();
        sent.add(sql.preparedQuery(CorrectionTable.INSERT).execute(row(command, present, replacement, now)));
        if (replacement != null) {
            sent.add(
                    sql.preparedQuery(LedgerTable.INSERT_ENTRIES).execute(rows.entryColumns(now, accounts.revision())));
        }
        AggregateWrites.sendSums(sql, aggregates, sent);
        AggregateWrites.await(sent);
        new Rebuild(accounts, dimensions).run(sql, aggregates.anew(), backfills);
        List<Future<?>> rest = new ArrayList<>();
        AggregateWrites.sendValues(sql, aggregates, rest);
        AggregateWrites.sendMonths(sql, aggregates, rest);
        AggregateWrites.sendChanges(sql, aggregates.customers(), "USAGE", rest);
        uncounted.send(sql, rest);
        if (!rows.exceptions().isEmpty()) {
            rest.add(sql.preparedQuery(LedgerTable.INSERT_EXCEPTIONS).execute(rows.exceptionColumns(now)));
        }
        settle(sql, command, present, replacement != null, now, rest);
        AggregateWrites.await(rest);
    }

    /** What the event waited as is settled by the correction. */
    private static void settle(
            SqlConnection sql,
            CorrectEvent command,
            Present present,
            boolean amended,
            Instant now,
            List<Future<?>> sent) {
        if (!present.heldAs.isEmpty()) {
            sent.add(sql.preparedQuery(CorrectionTable.RESOLVE_HELD)
                    .execute(Tuple.of(
                                    Instants.utc(now),
                                    amended ? "amended" : "voided",
                                    command.actor().principal())
                            .addArrayOfLong(present.heldAs.toArray(Long[]::new))));
            sent.add(sql.preparedQuery(RetryTable.CHANGED)
                    .execute(Tuple.of(command.tenant().value())));
        }
    }

    private static Tuple row(
            CorrectEvent command, Present present, @Nullable LoggedEvent replacement, Instant now) {
        Tuple row = Tuple.tuple()
                .addUUID(present.entry.getUUID("event_key"))
                .addInteger(present.corrections + 1)
                .addString(replacement == null ? "void" : "amendment")
                .addOffsetDateTime(present.stands ? Instants.utc(present.recordedAt()) : null)
                .addOffsetDateTime(replacement == null ? null : Instants.utc(now))
                .addUUID(replacement == null ? null : replacement.digest());
        return row.addString(command.tenant().value())
                .addString(command.reason())
                .addString(command.actor().principal())
                .addString(command.actor().correlation())
                .addOffsetDateTime(Instants.utc(now));
    }

    private static void audit(
            SqlConnection sql, CorrectEvent command, Present present, @Nullable LoggedEvent replacement, Rows rows) {
        State before = present.state();
        State after = replacement == null
                ? new State(
                        "voided",
                        before.type,
                        before.subject,
                        before.time,
                        before.customer,
                        before.corrections + 1,
                        command.reason())
                : new State(
                        rows.held().isEmpty() ? "amended" : "held",
                        replacement.type(),
                        replacement.subject(),
                        replacement.time(),
                        rows.entries().getFirst().customer(),
                        before.corrections + 1,
                        command.reason());
        Audited act = Audited.of(
                command.tenant(),
                command.actor(),
                replacement == null ? Act.EVENT_VOIDED : Act.EVENT_AMENDED,
                command.source() + "/" + command.id(),
                before,
                after);
        Future.await(sql.preparedQuery(RetryTable.AUDIT).execute(Tuple.tuple(act.parameters())));
    }

    /** Later than what it replaces was recorded, whatever the clocks of two nodes: the instants tell entries of one event apart. */
    private Instant now(Present present) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Instant next = present.recordedAt().plus(1, ChronoUnit.MICROS);
        return Objects.requireNonNull(now.isBefore(next) ? next : now);
    }

    private static RefusedException refused(Refusal refusal) {
        return new RefusedException(refusal);
    }
}
