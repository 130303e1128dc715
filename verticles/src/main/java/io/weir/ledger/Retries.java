package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.Resolution;
import io.weir.schemas.Commands.ResolveEvent;
import io.weir.schemas.Commands.RetryEvent;
import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.schemas.UsageLog;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What people do to the ledger's exceptions: each command is one transaction. What is held is resolved again, what could not be
 * read is read again, by the code that recorded it the first time; what was too late is recorded, since somebody decided that; a
 * conflict stays one, since the event that was recorded first stands. On a virtual thread; safe to be asked from several, since nothing is remembered between commands.
 */
final class Retries {
    private static final String OPEN = "open";
    private static final String CONFLICT = "conflict";

    /** What became of an exception that was tried again. */
    enum Outcome {
        /** It was held, and is counted. */
        MATCHED,
        /** It could not be read, or was too late, and is recorded. */
        RECORDED,
        /** The same, and it turned out to be recorded already. */
        DUPLICATE,
        /** The same, and another event of its id is recorded; that is an exception of its own now. */
        CONFLICT,
        /** It is still held. */
        HELD,
        /** It still cannot be read. */
        UNREADABLE;

        /** Whether nothing is left to be decided. */
        boolean resolved() {
            return this != HELD && this != UNREADABLE;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** An exception that was tried again. */
    record Tried(long exception, Outcome outcome) {}

    /** What became of those that were tried again, and what that added to usage. */
    record Attempt(List<Tried> tried, List<Aggregates> added) {}

    /** What an act changes, as the audit trail keeps it. */
    private record State(
            String reason,
            String state,
            int attempts,
            @Nullable String resolution,
            @Nullable String comment) {}

    private final Pool pool;
    private final String topic;
    private final int cacheSize;
    private final int maxDimensionSets;
    private final InstantSource clock;

    /**
     * Tries again.
     *
     * @param cacheSize most accounts that one try remembers
     * @param maxDimensionSets as {@link DimensionSets} takes it
     */
    Retries(Pool pool, String topic, int cacheSize, int maxDimensionSets, InstantSource clock) {
        this.pool = pool;
        this.topic = topic;
        this.cacheSize = cacheSize;
        this.maxDimensionSets = maxDimensionSets;
        this.clock = clock;
    }

    /** Tries one again; answers whether that resolved it. */
    boolean retry(RetryEvent command) {
        try {
            return InTransaction.run(pool, sql -> {
                Accounts accounts = locked(sql);
                State before = retriable(sql, command);
                List<Tried> tried = attempt(sql, accounts, List.of(command.exception()), null)
                        .tried();
                if (tried.isEmpty()) {
                    throw refused(new Refusal.Conflict(
                            "not-retriable", "nothing of the event waits; resolve the exception instead"));
                }
                Outcome outcome = tried.getFirst().outcome;
                audit(sql, command, before, outcome);
                return outcome.resolved();
            });
        } catch (RuntimeException e) {
            if (!Failures.ofTheData(e)) {
                throw e;
            }
            return InTransaction.run(pool, sql -> {
                State before = retriable(sql, command);
                failed(sql, command.exception(), String.valueOf(e.getMessage()), null);
                audit(sql, command, before, Outcome.UNREADABLE);
                return false;
            });
        }
    }

    /** Resolves one as a person says. */
    void resolve(ResolveEvent command) {
        Resolution how = command.how();
        InTransaction.run(pool, sql -> {
            State before = open(sql, command.tenant(), command.exception());
            Future.await(sql.preparedQuery(RetryTable.RESOLVE_BY)
                    .execute(Tuple.of(
                            Instants.utc(now()),
                            how.resolution(),
                            how.comment(),
                            command.actor().principal(),
                            command.exception())));
            changed(sql, command.tenant());
            State after = new State(before.reason, "resolved", before.attempts, how.resolution(), how.comment());
            return audit(
                    sql, command.tenant(), command.actor(), Act.EXCEPTION_RESOLVED, command.exception(), before, after);
        });
    }

    /** Takes the lock that excludes writers of master data; before any row. */
    Accounts locked(SqlConnection sql) {
        Accounts accounts = new Accounts(cacheSize);
        accounts.lock(sql);
        return accounts;
    }

    /** Tries those again that are open; the others are not answered. In the caller's transaction. */
    Attempt attempt(SqlConnection sql, Accounts accounts, List<Long> exceptions, @Nullable String replay) {
        Long[] ids = exceptions.toArray(Long[]::new);
        List<HeldEvents.Held> held = HeldEvents.read(
                sql.preparedQuery(RetryTable.HELD).execute(Tuple.tuple().addArrayOfLong(ids)));
        List<Row> unrecorded = new ArrayList<>();
        Future.await(sql.preparedQuery(RetryTable.UNRECORDED)
                        .execute(Tuple.tuple().addArrayOfLong(ids)))
                .forEach(unrecorded::add);
        tried(sql, ids, replay);
        List<Tried> tried = new ArrayList<>();
        DimensionSets dimensions = new DimensionSets(maxDimensionSets, cacheSize);
        List<Aggregates> added = new ArrayList<>();
        HeldEvents.Plan counted = HeldEvents.count(sql, accounts, dimensions, held, now());
        added.add(counted.aggregates());
        Set<Long> matched = counted.matched().stream()
                .map(match -> match.held().exception())
                .collect(Collectors.toSet());
        for (HeldEvents.Held event : held) {
            boolean fits = matched.contains(event.exception());
            tried.add(new Tried(event.exception(), fits ? Outcome.MATCHED : Outcome.HELD));
        }
        Recorder recorder = new Recorder(pool, topic, accounts, dimensions, TooLate.NEVER, clock);
        for (Row row : unrecorded) {
            tried.add(new Tried(row.getLong("exception"), read(sql, recorder, row, added)));
        }
        return new Attempt(tried, added);
    }

    private Outcome read(SqlConnection sql, Recorder recorder, Row row, List<Aggregates> added) {
        long exception = row.getLong("exception");
        LogRecord record = new LogRecord(
                -1,
                exception,
                Instants.of(row.getOffsetDateTime("logged_at")),
                row.getString("tenant") + UsageLog.SEPARATOR,
                row.getBuffer("payload").getBytes(),
                Instants.of(row.getOffsetDateTime("received_at")),
                Optional.ofNullable(row.getString("correlation")).orElse(""),
                row.getInteger("schema_version"),
                Optional.empty());
        List<Batch.Unreadable> again = Batch.of(List.of(record)).unreadable();
        if (!again.isEmpty()) {
            why(sql, exception, again.getFirst().why());
            return Outcome.UNREADABLE;
        }
        Recorder.Again read = recorder.again(sql, record);
        added.add(read.aggregates());
        Outcome outcome = Outcome.valueOf(read.status().name());
        Future.await(sql.preparedQuery(RetryTable.RESOLVE)
                .execute(Tuple.of(Instants.utc(now()), outcome.text(), exception)));
        changed(sql, new TenantId(row.getString("tenant")));
        return outcome;
    }

    /** Keeps that a try failed for what is in the event. */
    void failed(SqlConnection sql, long exception, String why, @Nullable String replay) {
        tried(sql, new Long[] {exception}, replay);
        why(sql, exception, new Batch.Unreadable(NOTHING, why).why());
    }

    private static final LogRecord NOTHING =
            new LogRecord(-1, 0, Instant.EPOCH, null, new byte[0], Instant.EPOCH, "", 0, Optional.empty());

    private void tried(SqlConnection sql, Long[] exceptions, @Nullable String replay) {
        sql.preparedQuery(RetryTable.TRIED)
                .execute(Tuple.of(Instants.utc(now()), replay).addArrayOfLong(exceptions));
    }

    private static void why(SqlConnection sql, long exception, String why) {
        Future.await(sql.preparedQuery(RetryTable.WHY).execute(Tuple.of(exception, why)));
    }

    private State retriable(SqlConnection sql, RetryEvent command) {
        State state = open(sql, command.tenant(), command.exception());
        if (state.reason.equals(CONFLICT)) {
            throw refused(new Refusal.Conflict(
                    "not-retriable", "the event that was recorded first stands; resolve the exception instead"));
        }
        return state;
    }

    private static State open(SqlConnection sql, TenantId tenant, long exception) {
        State state = state(sql, tenant, exception);
        if (!state.state.equals(OPEN)) {
            throw refused(new Refusal.Conflict("exception-state", "the exception is resolved: " + state.resolution));
        }
        return state;
    }

    private static State state(SqlConnection sql, TenantId tenant, long exception) {
        for (Row row : Future.await(sql.preparedQuery(RetryTable.LOCK).execute(Tuple.of(tenant.value(), exception)))) {
            return new State(
                    row.getString("reason"),
                    row.getString("state"),
                    row.getInteger("attempts"),
                    row.getString("resolution"),
                    null);
        }
        throw refused(new Refusal.NotFound("exception"));
    }

    private static void changed(SqlConnection sql, TenantId tenant) {
        sql.preparedQuery(RetryTable.CHANGED).execute(Tuple.of(tenant.value()));
    }

    private static void audit(SqlConnection sql, RetryEvent command, State before, Outcome outcome) {
        State after = new State(
                before.reason,
                outcome.resolved() ? "resolved" : OPEN,
                before.attempts + 1,
                outcome.resolved() ? outcome.text() : null,
                null);
        audit(sql, command.tenant(), command.actor(), Act.EXCEPTION_RETRIED, command.exception(), before, after);
    }

    private static boolean audit(
            SqlConnection sql, TenantId tenant, Actor actor, Act act, long exception, State before, State after) {
        Audited entry = Audited.of(tenant, actor, act, "L-" + exception, before, after);
        Statements.audit(sql, entry);
        return true;
    }

    private static RefusedException refused(Refusal refusal) {
        return new RefusedException(refusal);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
