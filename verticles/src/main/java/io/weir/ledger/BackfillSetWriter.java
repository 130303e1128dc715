package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.ledger.BackfillSetTable.SetRow;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Staging;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Locks;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.settings.BackfillSetSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Opens, fills, closes and drops backfill sets: each command is one transaction, which locks the set's row. On a virtual thread;
 * safe to be asked from several, since nothing is remembered between commands.
 *
 * <p>Which crash is each step for? All of a closing (ids, entries, aggregates, exceptions, what became of each event, the set's state)
 * is committed together: before that the set is open as it was, and the command can be given again; after it the set is closed,
 * and the command is refused. Two that close one set wait for its row; the second finds it closed.
 */
final class BackfillSetWriter {
    private static final String OPEN = "open";
    private static final Set<String> WORTH_A_RETRY = Set.of("40001", "40P01");
    private static final int TRIES = 3;

    private final Pool pool;
    private final ArchivedIds archive;
    private final BackfillSetSettings settings;
    private final int cacheSize;
    private final int maxDimensionSets;
    private final InstantSource clock;

    /**
     * Writes sets.
     *
     * @param cacheSize most accounts that one command remembers
     * @param maxDimensionSets as {@link DimensionSets} takes it
     */
    BackfillSetWriter(
            Pool pool,
            ArchivedIds archive,
            BackfillSetSettings settings,
            int cacheSize,
            int maxDimensionSets,
            InstantSource clock) {
        this.pool = pool;
        this.archive = archive;
        this.settings = settings;
        this.cacheSize = cacheSize;
        this.maxDimensionSets = maxDimensionSets;
        this.clock = clock;
    }

    /** What an act changes, as the audit trail keeps it. */
    private record State(String state, boolean periodCorrection, int events, BackfillSets.@Nullable Outcomes outcomes) {
        static State of(SetRow set) {
            return new State(set.state(), set.periodCorrection(), set.events(), null);
        }
    }

    /** Opens a set; answers its id. */
    String open(BackfillSets.Open command) {
        String tenant = command.tenant().value();
        String id = "BS-" + UUID.randomUUID();
        Instant now = now();
        return InTransaction.run(pool, sql -> {
            sql.preparedQuery(BackfillSetTable.LOCK_TENANT).execute(Tuple.of(Locks.BACKFILL_SETS, tenant));
            long open = Statements.first(sql, BackfillSetTable.COUNT_OPEN, Tuple.of(tenant, Instants.utc(now)))
                    .map(row -> row.getLong("open"))
                    .orElse(0L);
            if (open >= settings.maxOpen()) {
                throw conflict(
                        "backfill-sets-open", "the tenant has " + open + " open sets: close or drop one of them first");
            }
            CustomerId customer = command.customer();
            if (customer != null
                    && Statements.first(sql, BackfillSetTable.CUSTOMER, Tuple.of(tenant, customer.value()))
                            .isEmpty()) {
                throw new RefusedException(Refusal.Invalid.at("/customer", "does not exist"));
            }
            sql.preparedQuery(BackfillSetTable.INSERT)
                    .execute(Tuple.of(id, tenant, command.periodCorrection())
                            .addString(customer == null ? null : customer.value())
                            .addValue(Instants.utc(command.from()))
                            .addValue(Instants.utc(command.to()))
                            .addString(command.reason())
                            .addString(command.actor().principal())
                            .addValue(Instants.utc(now))
                            .addValue(Instants.utc(now.plus(Duration.ofHours(settings.openHours())))));
            State after = new State(OPEN, command.periodCorrection(), 0, null);
            Statements.audit(
                    sql, Audited.of(command.tenant(), command.actor(), Act.BACKFILL_SET_OPENED, id, null, after));
            return id;
        });
    }

    /** Keeps events in a set; all of them, or none. */
    BackfillSets.Loaded load(BackfillSets.Load command) {
        List<LogRecord> records = new ArrayList<>();
        for (BackfillSets.Event event : command.events()) {
            records.add(BackfillSetTable.event(
                    command.tenant(),
                    0,
                    event.received().truncatedTo(ChronoUnit.MICROS),
                    event.correlation(),
                    event.schemaVersion(),
                    event.json()));
        }
        List<LoggedEvent> events = read(records);
        return InTransaction.run(pool, sql -> {
            Accounts accounts = new Accounts(cacheSize);
            accounts.lock(sql);
            SetRow set = open(sql, command.tenant(), command.set());
            return new BackfillSets.Loaded(load(sql, accounts, set, command, events));
        });
    }

    private static List<LoggedEvent> read(List<LogRecord> records) {
        List<LoggedEvent> events = new ArrayList<>();
        for (LogRecord record : records) {
            try {
                events.add(LoggedEvent.read(record));
            } catch (LoggedEvent.UnreadableException e) {
                throw new IllegalArgumentException("a checked event cannot be read: " + e.getMessage(), e);
            }
        }
        return events;
    }

    private List<Staging> load(
            SqlConnection sql, Accounts accounts, SetRow set, BackfillSets.Load command, List<LoggedEvent> events) {
        Set<Integer> foreign = foreign(sql, accounts, set, events);
        boolean none = command.strict() && !foreign.isEmpty();
        List<Integer> kept = new ArrayList<>();
        for (int i = 0; i < events.size() && !none; i++) {
            if (!foreign.contains(i)) {
                kept.add(i);
            }
        }
        Set<Integer> lines = new HashSet<>();
        if (!kept.isEmpty()) {
            Future.await(sql.preparedQuery(BackfillSetTable.STAGE).execute(columns(set, command, events, kept)))
                    .forEach(row -> lines.add(row.getInteger("line")));
        }
        if (!lines.isEmpty()) {
            loaded(sql, set, command, lines.size(), set.lines() + events.size());
        }
        List<Staging> outcomes = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            Staging fate = lines.contains(set.lines() + i + 1) ? Staging.STAGED : Staging.DUPLICATE;
            outcomes.add(foreign.contains(i) ? Staging.FOREIGN : none ? Staging.NOT_TAKEN : fate);
        }
        return outcomes;
    }

    /** Which events' accounts are not of the set's customer. */
    private static Set<Integer> foreign(SqlConnection sql, Accounts accounts, SetRow set, List<LoggedEvent> events) {
        Set<Integer> foreign = new HashSet<>();
        if (set.customer() != null) {
            accounts.load(sql, Recorder.names(events));
            for (int i = 0; i < events.size(); i++) {
                Account account = accounts.account(Recorder.name(events.get(i)));
                if (account == null || !account.customer().value().equals(set.customer())) {
                    foreign.add(i);
                }
            }
        }
        return foreign;
    }

    private static Tuple columns(SetRow set, BackfillSets.Load command, List<LoggedEvent> events, List<Integer> kept) {
        return Columns.after(set.id())
                .ints(kept, i -> set.lines() + i + 1)
                .ints(kept, i -> command.events().get(i).schemaVersion())
                .uuid(kept, i -> events.get(i).key())
                .uuid(kept, i -> events.get(i).digest())
                .times(kept, i -> events.get(i).time())
                .times(kept, i -> events.get(i).record().receivedAt())
                .text(kept, i -> events.get(i).source())
                .text(kept, i -> events.get(i).id())
                .text(kept, i -> command.events().get(i).correlation())
                .bytes(kept, i -> command.events().get(i).json())
                .tuple();
    }

    private void loaded(SqlConnection sql, SetRow set, BackfillSets.Load command, int staged, int lines) {
        if (set.events() + staged > settings.maxEvents()) {
            throw conflict(
                    "backfill-set-full",
                    "a set may have " + settings.maxEvents() + " events, and this one has " + set.events()
                            + ": close it, and load the rest into another");
        }
        Actor actor = command.actor();
        sql.preparedQuery(BackfillSetTable.LOADED).execute(Tuple.of(set.id(), staged, lines, actor.principal()));
        State after = new State(OPEN, set.periodCorrection(), set.events() + staged, null);
        Statements.audit(
                sql, Audited.of(command.tenant(), actor, Act.BACKFILL_SET_LOADED, set.id(), State.of(set), after));
    }

    /** Says what closing a set would change, and changes nothing. */
    BackfillSets.Effect preview(BackfillSets.Preview command) {
        ArchivedIds.Looked archived = archived(command.tenant(), command.set());
        return InTransaction.undone(pool, sql -> {
            Accounts accounts = new Accounts(cacheSize);
            accounts.lock(sql);
            SetRow set = found(sql, BackfillSetTable.SET, command.tenant(), command.set());
            StagedEvents events = new StagedEvents(sql, accounts, set, settings.pieceEvents(), archived.digests());
            events.examine();
            return new BackfillSets.Effect(
                    set.revision(),
                    set.events(),
                    events.outcomes(),
                    StagedUsage.usage(sql, set.tenant(), events.aggregates()),
                    StagedUsage.hours(events.aggregates()));
        });
    }

    /** Records all of a set; answers whose usage changed. */
    List<CustomerId> close(BackfillSets.Close command) {
        for (int left = TRIES - 1; ; left--) {
            ArchivedIds.Looked archived = archived(command.tenant(), command.set());
            try {
                return InTransaction.run(pool, sql -> close(sql, command, archived));
            } catch (RuntimeException e) {
                if (Failures.ofTheData(e)) {
                    throw conflict(
                            "backfill-set-event",
                            "one of its events cannot be stored, so none was recorded: " + e.getMessage());
                }
                if (left == 0 || !worthARetry(e)) {
                    throw e;
                }
            }
        }
    }

    private static boolean worthARetry(RuntimeException e) {
        return e instanceof ArchivedIds.MovedOnException
                || (e instanceof PgException pg && WORTH_A_RETRY.contains(pg.getSqlState()));
    }

    /** What of the set only the archive knows: nothing but of a period correction, since ids outlast what the tenant takes. */
    private ArchivedIds.Looked archived(TenantId tenant, String id) {
        SetRow set = look(tenant, id);
        return set.periodCorrection() && set.state().equals(OPEN) ? archive.lookUp(pool, set) : ArchivedIds.Looked.NOT;
    }

    private List<CustomerId> close(SqlConnection sql, BackfillSets.Close command, ArchivedIds.Looked archived) {
        Instant now = now();
        Accounts accounts = new Accounts(cacheSize);
        accounts.lock(sql);
        SetRow set = found(sql, BackfillSetTable.LOCK, command.tenant(), command.set());
        Long ifMatch = command.ifMatch();
        if (ifMatch != null && ifMatch != set.revision()) {
            throw new RefusedException(new Refusal.PreconditionFailed("\"" + set.revision() + "\""));
        }
        mustBeOpen(set);
        if (set.periodCorrection() && set.isOf(command.actor().principal())) {
            throw new RefusedException(
                    new Refusal.SeparationOfDuties("who opened or loaded a period correction cannot close it"));
        }
        StagedEvents events = new StagedEvents(sql, accounts, set, settings.pieceEvents(), archived.digests());
        events.record(new DimensionSets(maxDimensionSets, cacheSize), now);
        if (set.periodCorrection()) {
            ArchivedIds.stillAll(sql, set, archived);
        }
        end(sql, set, command.actor(), "closed", Act.BACKFILL_SET_CLOSED, events.outcomes(), now);
        return events.aggregates().customers().stream()
                .map(Aggregates.Customer::customer)
                .toList();
    }

    /** Drops a set and its events; they were never usage. */
    void drop(BackfillSets.Drop command) {
        InTransaction.run(pool, sql -> {
            SetRow set = open(sql, command.tenant(), command.set());
            sql.preparedQuery(BackfillSetTable.FORGET_EVENTS).execute(Tuple.of(set.id()));
            end(sql, set, command.actor(), "dropped", Act.BACKFILL_SET_DROPPED, null, now());
            return true;
        });
    }

    /** Ends one set that is over; false where none is. */
    boolean expire() {
        Instant now = now();
        return InTransaction.run(pool, sql -> {
            Optional<SetRow> over = Statements.first(sql, BackfillSetTable.OVER, Tuple.of(Instants.utc(now)))
                    .map(BackfillSetTable::set);
            over.ifPresent(set -> {
                sql.preparedQuery(BackfillSetTable.FORGET_EVENTS).execute(Tuple.of(set.id()));
                end(sql, set, Actor.WEIR, "expired", Act.BACKFILL_SET_EXPIRED, null, now);
            });
            return over.isPresent();
        });
    }

    private static void end(
            SqlConnection sql,
            SetRow set,
            Actor actor,
            String state,
            Act act,
            BackfillSets.@Nullable Outcomes outcomes,
            Instant now) {
        sql.preparedQuery(BackfillSetTable.END)
                .execute(Tuple.of(set.id(), state, actor.principal(), Instants.utc(now))
                        .addString(outcomes == null ? null : Json.text(outcomes)));
        State after = new State(state, set.periodCorrection(), set.events(), outcomes);
        Statements.audit(sql, Audited.of(set.tenant(), actor, act, set.id(), State.of(set), after));
    }

    /** A set that is open, locked. */
    private SetRow open(SqlConnection sql, TenantId tenant, String id) {
        SetRow set = found(sql, BackfillSetTable.LOCK, tenant, id);
        mustBeOpen(set);
        return set;
    }

    private void mustBeOpen(SetRow set) {
        if (!set.state().equals(OPEN)) {
            throw conflict("backfill-set-state", "the set is " + set.state());
        }
        if (!set.expiresAt().isAfter(now())) {
            throw conflict("backfill-set-state", "the set expired at " + set.expiresAt());
        }
    }

    /** A set as it is now. */
    SetRow look(TenantId tenant, String id) {
        return InTransaction.undone(pool, sql -> found(sql, BackfillSetTable.SET, tenant, id));
    }

    private static SetRow found(SqlConnection sql, String statement, TenantId tenant, String id) {
        return Statements.first(sql, statement, Tuple.of(tenant.value(), id))
                .map(BackfillSetTable::set)
                .orElseThrow(() -> new RefusedException(new Refusal.NotFound("backfill set")));
    }

    private static RefusedException conflict(String kind, String detail) {
        return new RefusedException(new Refusal.Conflict(kind, detail));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
