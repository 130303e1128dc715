package io.weir.reconciliation;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.DeclareTotal;
import io.weir.schemas.Commands.ResolveTotal;
import io.weir.schemas.Commands.RetryTotal;
import io.weir.schemas.Commands.Stored;
import io.weir.schemas.Decimals;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What sources declare that they sent, held to what is recorded: each command, and each check, is one transaction. Once its hour is
 * over and recorded, a total that differs opens an exception {@code incomplete_source}, once; when the rest arrives, or the total
 * is corrected, it resolves itself. What a person resolved stays resolved until the total is declared anew.
 */
final class SourceTotals {
    private final Pool pool;
    private final WeirSettings.Reconciliation settings;
    private final InstantSource clock;
    private final Supplier<@Nullable Instant> countedUpTo;

    SourceTotals(
            Pool pool,
            WeirSettings.Reconciliation settings,
            InstantSource clock,
            Supplier<@Nullable Instant> countedUpTo) {
        this.pool = pool;
        this.settings = settings;
        this.clock = clock;
        this.countedUpTo = countedUpTo;
    }

    /** What is declared, as the audit trail keeps it. */
    private record Declared(String source, String eventType, Instant hour, long count, Map<String, String> sums) {}

    /** What a decision changes, as the audit trail keeps it. */
    private record State(
            String reason,
            String state,
            @Nullable String resolution,
            @Nullable String comment) {}

    /** Stores a total, and checks it at once where its hour is over. */
    Future<Stored> declare(DeclareTotal command) {
        Map<String, String> sums = new TreeMap<>();
        command.sums().forEach((pointer, sum) -> sums.put(pointer, Decimals.text(sum)));
        Declared after = new Declared(command.source(), command.eventType(), command.hour(), command.count(), sums);
        return pool.withTransaction(sql -> find(sql, command).compose(before -> {
            Declared was = before.map(SourceTotals::declared).orElse(null);
            if (after.equals(was)) {
                return Future.succeededFuture(new Stored(0, false));
            }
            Tuple row = Tuple.of(command.tenant().value(), command.source(), command.eventType())
                    .addValue(Instants.utc(command.hour()))
                    .addValue(command.count())
                    .addValue(Json.text(sums))
                    .addValue(command.actor().principal())
                    .addValue(Instants.utc(now()));
            Tuple hour = Tuple.of(
                    command.tenant().value(),
                    Instants.utc(command.hour()),
                    Instants.utc(command.hour().plus(1, ChronoUnit.HOURS)));
            return ReconciliationQueries.kept(sql, hour)
                    .compose(kept -> sql.preparedQuery(SourceTotalTable.DECLARE).execute(row))
                    .compose(done -> find(sql, command))
                    .compose(stored -> over(command.hour())
                            ? check(sql, command.tenant(), stored.orElseThrow(), false)
                            : Future.succeededFuture(false))
                    .compose(done -> audit(
                            sql,
                            Audited.of(
                                    command.tenant(),
                                    command.actor(),
                                    was == null ? Act.SOURCE_TOTAL_DECLARED : Act.SOURCE_TOTAL_CHANGED,
                                    command.source(),
                                    was,
                                    after)))
                    .map(new Stored(0, was == null));
        }));
    }

    private static Future<Optional<Row>> find(SqlClient sql, DeclareTotal command) {
        return sql.preparedQuery(SourceTotalTable.LOCK)
                .execute(Tuple.of(
                        command.tenant().value(), command.source(), command.eventType(), Instants.utc(command.hour())))
                .map(rows -> rows.stream().findFirst());
    }

    private static Declared declared(Row row) {
        SourceTotal total = SourceTotalTable.total(row);
        return new Declared(total.source(), total.eventType(), total.hour(), total.count(), total.sums());
    }

    /** Checks again, because somebody asks; answers whether nothing is missing. */
    Future<Boolean> retry(RetryTotal command) {
        return pool.withTransaction(sql -> open(sql, command.tenant(), command.total())
                .compose(row -> check(sql, command.tenant(), row, true)
                        .compose(complete -> audit(
                                        sql,
                                        exception(
                                                command.tenant(),
                                                command.actor(),
                                                Act.EXCEPTION_RETRIED,
                                                command.total(),
                                                complete ? new State(REASON, "resolved", "complete", null) : OPEN))
                                .map(complete))));
    }

    /** Resolves a gap as a person says. */
    Future<Void> resolve(ResolveTotal command) {
        String how = command.how().resolution();
        return pool.withTransaction(sql -> open(sql, command.tenant(), command.total())
                .compose(row -> sql.preparedQuery(SourceTotalTable.RESOLVE)
                        .execute(Tuple.of(
                                command.total(),
                                Instants.utc(now()),
                                how,
                                command.how().comment(),
                                command.actor().principal())))
                .compose(done -> changed(sql, command.tenant()))
                .compose(done -> audit(
                        sql,
                        exception(
                                command.tenant(),
                                command.actor(),
                                Act.EXCEPTION_RESOLVED,
                                command.total(),
                                new State(REASON, "resolved", how, command.how().comment())))));
    }

    private static final String REASON = "incomplete_source";
    private static final State OPEN = new State(REASON, "open", null, null);

    private static Audited exception(TenantId tenant, Actor actor, Act act, long total, State after) {
        return Audited.of(tenant, actor, act, "S-" + total, OPEN, after);
    }

    private static Future<Row> open(SqlClient sql, TenantId tenant, long total) {
        return locked(sql, tenant, total).map(found -> {
            Row row = found.filter(one -> one.getOffsetDateTime("opened_at") != null)
                    .orElseThrow(() -> new RefusedException(new Refusal.NotFound("exception")));
            if (!SourceTotalTable.open(row)) {
                throw new RefusedException(new Refusal.Conflict(
                        "exception-state", "the exception is resolved: " + row.getString("resolution")));
            }
            return row;
        });
    }

    private static Future<Optional<Row>> locked(SqlClient sql, TenantId tenant, long total) {
        return sql.preparedQuery(SourceTotalTable.LOCK_BY_ID)
                .execute(Tuple.of(tenant.value(), total))
                .map(rows -> rows.stream().findFirst());
    }

    /** Checks some totals whose hour is over; answers how many. */
    Future<Integer> checkDue() {
        Instant upTo = countedUpTo.get();
        if (upTo == null) {
            return Future.succeededFuture(0);
        }
        Tuple due = Tuple.of(
                Instants.utc(upTo.minus(1, ChronoUnit.HOURS)
                        .minusSeconds(settings.graceSeconds())
                        .plusNanos(1_000)),
                Instants.utc(now().minusMillis(settings.recheckMillis())),
                settings.perPass());
        return pool.preparedQuery(SourceTotalTable.DUE).execute(due).compose(rows -> {
            List<Row> found = new ArrayList<>();
            rows.forEach(found::add);
            Future<Void> checked = Future.succeededFuture();
            for (Row row : found) {
                TenantId tenant = new TenantId(row.getString("tenant"));
                checked = checked.compose(done -> pool.withTransaction(sql -> locked(sql, tenant, row.getLong("total"))
                                .compose(total -> total.isEmpty()
                                        ? Future.succeededFuture(false)
                                        : check(sql, tenant, total.get(), false)))
                        .mapEmpty());
            }
            return checked.map(found.size());
        });
    }

    private boolean over(Instant hour) {
        Instant upTo = countedUpTo.get();
        return upTo != null && !upTo.isBefore(hour.plus(1, ChronoUnit.HOURS).plusSeconds(settings.graceSeconds()));
    }

    /** Holds a total to what is recorded; {@code asked} whether somebody wants it. */
    private Future<Boolean> check(SqlClient sql, TenantId tenant, Row row, boolean asked) {
        SourceTotal total = SourceTotalTable.total(row);
        Tuple span = Tuple.of(tenant.value(), total.source(), total.eventType())
                .addValue(Instants.utc(total.hour()))
                .addValue(Instants.utc(total.hour().plus(1, ChronoUnit.HOURS)))
                .addValue(total.sums().keySet().toArray(String[]::new));
        return sql.preparedQuery(SourceTotalTable.RECORDED).execute(span).compose(rows -> {
            Row found = rows.iterator().next();
            long recorded = found.getLong("recorded");
            Map<String, String> sums = new TreeMap<>();
            Json.tree(found.getString("sums"))
                    .properties()
                    .forEach(sum -> sums.put(
                            sum.getKey(),
                            Decimals.text(new BigDecimal(sum.getValue().asString()))));
            boolean complete = recorded == total.count() && sums.equals(total.sums());
            boolean open = SourceTotalTable.open(row);
            Tuple checked = Tuple.of(row.getLong("total"), recorded, Json.text(sums), complete)
                    .addValue(Instants.utc(now()))
                    .addValue(!complete && !open)
                    .addValue(complete && open)
                    .addValue(asked);
            return sql.preparedQuery(SourceTotalTable.CHECKED)
                    .execute(checked)
                    .compose(done -> complete == open ? changed(sql, tenant) : Future.succeededFuture())
                    .map(complete);
        });
    }

    private static Future<Void> changed(SqlClient sql, TenantId tenant) {
        return sql.preparedQuery(SourceTotalTable.CHANGED)
                .execute(Tuple.of(tenant.value()))
                .mapEmpty();
    }

    private static Future<Void> audit(SqlClient sql, Audited act) {
        return sql.preparedQuery(SourceTotalTable.AUDIT)
                .execute(Tuple.tuple(act.parameters()))
                .mapEmpty();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
