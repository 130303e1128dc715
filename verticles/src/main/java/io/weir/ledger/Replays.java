package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.CanonicalJson;
import io.weir.schemas.Commands.DecideReplay;
import io.weir.schemas.Commands.RequestReplay;
import io.weir.schemas.Decimals;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Exceptions that are tried again together. What a replay would change is found out by the very code that tries them, in a
 * transaction that is undone; another principal than who asked must approve it; then it runs in parts, beside live traffic.
 *
 * <p>Which crash is each step for? A part is one transaction: it locks the replay's row, tries its exceptions, marks them with the
 * replay and says when the next part may run. A node that dies in it leaves nothing behind, and another goes on. What is marked is
 * not tried by the same replay again, and what is resolved by none: so a replay that runs twice changes nothing twice. The rate is
 * kept by that instant in the row, on all nodes together.
 */
final class Replays {
    private static final String AWAITING = "awaiting_approval";

    private final Pool pool;
    private final Retries retries;
    private final WeirSettings.Replays settings;
    private final InstantSource clock;

    Replays(Pool pool, Retries retries, WeirSettings.Replays settings, InstantSource clock) {
        this.pool = pool;
        this.retries = retries;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * What a replay would change.
     *
     * @param total exceptions that it is about
     * @param examined of those, how many it was found out of: the first ones
     * @param outcomes how many would have each outcome
     * @param usage what would be added to meters
     * @param customers whose usage would change
     */
    record Preview(long total, int examined, Map<String, Integer> outcomes, List<Added> usage, int customers) {}

    /** What would be added to a meter. */
    record Added(String meter, long events, String value) {}

    /** What a decision changes, as the audit trail keeps it. */
    private record State(String state) {}

    /** Which exceptions: as they are in the row. */
    private record Which(
            String tenant,
            Long @Nullable [] exceptions,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String reason,
            long last) {
        Tuple tuple() {
            return Tuple.of(tenant)
                    .addValue(exceptions)
                    .addValue(from == null ? null : Instants.utc(from))
                    .addValue(to == null ? null : Instants.utc(to))
                    .addValue(reason)
                    .addValue(last);
        }
    }

    /** Keeps a replay, with what it would change; answers its id. */
    String request(RequestReplay command) {
        List<Long> these = command.exceptions();
        long last = one(ReplayTable.LAST, Tuple.tuple()).getLong("last");
        Which which = new Which(
                command.tenant().value(),
                these == null ? null : these.toArray(Long[]::new),
                command.from(),
                command.to(),
                command.reason(),
                last);
        Preview preview = preview(which);
        String id = "R-" + UUID.randomUUID();
        return InTransaction.run(pool, sql -> {
            Tuple row = Tuple.of(id, command.tenant().value())
                    .addValue(which.exceptions)
                    .addValue(command.from() == null ? null : Instants.utc(command.from()))
                    .addValue(command.to() == null ? null : Instants.utc(command.to()))
                    .addValue(command.reason())
                    .addValue(last)
                    .addValue(command.perSecond())
                    .addValue(command.comment())
                    .addValue(CanonicalJson.text(Json.tree((Object) preview)))
                    .addValue(command.actor().correlation())
                    .addValue(command.actor().principal())
                    .addValue(Instants.utc(now()));
            sql.preparedQuery(ReplayTable.INSERT).execute(row);
            Statements.audit(
                    sql, Audited.of(command.tenant(), command.actor(), Act.REPLAY_REQUESTED, id, null, preview));
            return id;
        });
    }

    private Preview preview(Which which) {
        long total = one(ReplayTable.COUNT, which.tuple()).getLong("total");
        List<Long> first = next(which, null, settings.previewed());
        List<Retries.Attempt> attempts = new ArrayList<>();
        tryAll(first, attempts::add, work -> InTransaction.undone(pool, work), null);
        Map<String, Integer> outcomes = new TreeMap<>();
        Map<String, Added> usage = new TreeMap<>();
        TreeSet<Aggregates.Customer> customers = new TreeSet<>();
        for (Retries.Attempt attempt : attempts) {
            attempt.tried().forEach(tried -> outcomes.merge(tried.outcome().text(), 1, Integer::sum));
            for (Aggregates added : attempt.added()) {
                customers.addAll(added.customers());
                added.months()
                        .forEach((key, sum) -> usage.merge(
                                key.meter(),
                                new Added(key.meter(), sum.entries(), Decimals.text(sum.value())),
                                Replays::both));
            }
        }
        return new Preview(total, first.size(), outcomes, List.copyOf(usage.values()), customers.size());
    }

    private static Added both(Added one, Added other) {
        return new Added(
                one.meter,
                one.events + other.events,
                Decimals.text(new BigDecimal(one.value).add(new BigDecimal(other.value))));
    }

    /** Approves or rejects; never by the one who asked. */
    void decide(DecideReplay command) {
        InTransaction.run(pool, sql -> {
            Row replay = Statements.first(
                            sql, ReplayTable.LOCK, Tuple.of(command.tenant().value(), command.replay()))
                    .orElseThrow(() -> new RefusedException(new Refusal.NotFound("replay")));
            if (!replay.getString("state").equals(AWAITING)) {
                throw new RefusedException(new Refusal.Conflict(
                        "replay-state", "the replay is " + replay.getString("state") + ", not " + AWAITING));
            }
            if (replay.getString("created_by").equals(command.actor().principal())) {
                throw new RefusedException(
                        new Refusal.SeparationOfDuties("who asked for the replay cannot decide on it"));
            }
            String state = command.approve() ? "approved" : "rejected";
            sql.preparedQuery(ReplayTable.DECIDE)
                    .execute(Tuple.of(command.replay(), state, command.actor().principal(), Instants.utc(now())));
            Act act = command.approve() ? Act.REPLAY_APPROVED : Act.REPLAY_REJECTED;
            Statements.audit(
                    sql,
                    Audited.of(
                            command.tenant(),
                            command.actor(),
                            act,
                            command.replay(),
                            new State(AWAITING),
                            new State(state)));
            return true;
        });
    }

    /** Runs one part of one replay that is due; false where none is. */
    boolean part() {
        List<Long> trying = new ArrayList<>();
        String[] replay = {""};
        try {
            return InTransaction.run(pool, sql -> {
                Accounts accounts = retries.locked(sql);
                Optional<Row> due = Statements.first(sql, ReplayTable.DUE, Tuple.of(Instants.utc(now())));
                due.ifPresent(row -> {
                    replay[0] = row.getString("replay");
                    part(sql, accounts, row, trying);
                });
                return due.isPresent();
            });
        } catch (RuntimeException e) {
            if (!Failures.ofTheData(e) || trying.isEmpty()) {
                throw e;
            }
            tryAll(trying, done -> {}, work -> InTransaction.run(pool, work), replay[0]);
            return true;
        }
    }

    private void part(SqlConnection sql, Accounts accounts, Row row, List<Long> trying) {
        String replay = row.getString("replay");
        int rate = row.getInteger("rate");
        List<Long> ids = next(sql, which(row), replay, Math.min(rate, settings.perPass()));
        if (ids.isEmpty()) {
            Future.await(sql.preparedQuery(ReplayTable.DONE).execute(Tuple.of(replay, Instants.utc(now()))));
            return;
        }
        trying.addAll(ids);
        retries.attempt(sql, accounts, ids, replay);
        Instant next = now().plusMillis(1_000L * ids.size() / rate);
        Future.await(sql.preparedQuery(ReplayTable.ADVANCE)
                .execute(Tuple.of(replay, Instants.utc(next), Instants.utc(now()))));
    }

    /** Tries them in one transaction; where one fails for what is in it, each in a transaction of its own. */
    private void tryAll(
            List<Long> ids,
            java.util.function.Consumer<Retries.Attempt> done,
            Function<Function<SqlConnection, Retries.Attempt>, Retries.Attempt> transaction,
            @Nullable String replay) {
        try {
            done.accept(transaction.apply(sql -> retries.attempt(sql, retries.locked(sql), ids, replay)));
        } catch (RuntimeException e) {
            if (!Failures.ofTheData(e)) {
                throw e;
            }
            if (ids.size() > 1) {
                ids.forEach(id -> tryAll(List.of(id), done, transaction, replay));
                return;
            }
            done.accept(transaction.apply(sql -> {
                retries.failed(sql, ids.getFirst(), String.valueOf(e.getMessage()), replay);
                return new Retries.Attempt(
                        List.of(new Retries.Tried(ids.getFirst(), Retries.Outcome.UNREADABLE)), List.of());
            }));
        }
    }

    private static Which which(Row row) {
        return new Which(
                row.getString("tenant"),
                row.getArrayOfLongs("exceptions"),
                row.getOffsetDateTime("opened_from") == null ? null : Instants.of(row.getOffsetDateTime("opened_from")),
                row.getOffsetDateTime("opened_to") == null ? null : Instants.of(row.getOffsetDateTime("opened_to")),
                row.getString("reason"),
                row.getLong("last"));
    }

    private List<Long> next(Which which, @Nullable String replay, int limit) {
        return InTransaction.undone(pool, sql -> next(sql, which, replay, limit));
    }

    private static List<Long> next(SqlConnection sql, Which which, @Nullable String replay, int limit) {
        List<Long> ids = new ArrayList<>();
        Future.await(sql.preparedQuery(ReplayTable.NEXT)
                        .execute(which.tuple().addValue(replay).addValue(limit)))
                .forEach(row -> ids.add(row.getLong("exception")));
        return ids;
    }

    private Row one(String statement, Tuple parameters) {
        return Future.await(pool.preparedQuery(statement).execute(parameters))
                .iterator()
                .next();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
