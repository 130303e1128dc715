package io.weir.reconciliation;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers in what stages differ, and what is behind it; safe to be called from any thread. */
public final class ReconciliationQueries {
    private final Pool report;
    private final int pageEntries;
    private final Supplier<@Nullable Instant> countedUpTo;

    /**
     * Answers.
     *
     * @param pageEntries of meters with a filter so many entries are read at once
     * @param countedUpTo up to when every accepted event is recorded; null while that is not known
     */
    ReconciliationQueries(Pool report, int pageEntries, Supplier<@Nullable Instant> countedUpTo) {
        this.report = report;
        this.pageEntries = pageEntries;
        this.countedUpTo = countedUpTo;
    }

    /** A reconciliation, and where its next page begins; null where this is the last one. */
    public record Found(
            Reconciliation reconciliation, @Nullable String next) {}

    /** A page of a period's hours and types, oldest first; all is read in one snapshot. */
    public Future<Found> reconcile(TenantId tenant, Period period, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        Instant asOf = countedUpTo.get();
        Instant from = after == null ? period.from() : after.instant();
        Tuple span = Tuple.of(tenant.value(), Instants.utc(from), Instants.utc(period.to()));
        return inSnapshot(sql -> read(sql, tenant, span)).map(stages -> {
            List<Reconciliation.Row> rows = stages.rows().stream()
                    .filter(row -> after == null || behind(row, after))
                    .toList();
            Page<Reconciliation.Row> page = Page.upTo(rows, limit, row -> Cursor.of(row.hour(), row.type()));
            return new Found(
                    new Reconciliation(
                            period.text(), period.from(), period.to(), asOf, stages.unaccounted(), page.items()),
                    page.next());
        });
    }

    private <T> Future<T> inSnapshot(Function<SqlConnection, Future<T>> work) {
        return report.withTransaction(sql -> sql.query("set transaction isolation level repeatable read, read only")
                .execute()
                .compose(set -> work.apply(sql)));
    }

    private static boolean behind(Reconciliation.Row row, Cursor after) {
        int order = row.hour().compareTo(after.instant());
        return order != 0 ? order > 0 : row.type().compareTo(after.last()) > 0;
    }

    private Future<Stages> read(SqlConnection sql, TenantId tenant, Tuple span) {
        Stages stages = new Stages();
        return kept(sql, span)
                .compose(kept -> each(sql, ReconciliationTable.UNACCOUNTED, Tuple.tuple(), stages::unaccounted))
                .compose(done -> each(sql, ReconciliationTable.SENT, span, stages::sent))
                .compose(done -> each(sql, ReconciliationTable.READ, span, stages::read))
                .compose(done -> each(sql, ReconciliationTable.RECORDED, span, stages::recorded))
                .compose(done -> each(sql, ReconciliationTable.EXPECTED, span, stages::expected))
                .compose(done -> Filters.of(sql, tenant))
                .compose(filters -> filtered(sql, filters, span, stages))
                .compose(done -> each(sql, ReconciliationTable.METERED, span, stages::metered))
                .compose(done -> each(sql, ReconciliationTable.RATED, span, stages::rated))
                .compose(done -> each(sql, SourceTotalTable.RECORDED_EVENTS, span, stages::recordedOfSources))
                .compose(done -> each(sql, SourceTotalTable.RECORDED_SUMS, span, stages::recordedSums))
                .map(done -> stages);
    }

    private Future<Void> filtered(SqlConnection sql, Filters filters, Tuple span, Stages stages) {
        return filters.none()
                ? Future.succeededFuture()
                : Passing.through(sql, ReconciliationTable.FILTERED, span, pageEntries, row -> {
                    if (filters.take(row)) {
                        stages.taken(row);
                    }
                    return true;
                });
    }

    /** Refuses a span of which entries have left: without them nothing can be held to them. */
    static Future<Void> kept(SqlClient sql, Tuple span) {
        return sql.preparedQuery(ReconciliationTable.ARCHIVED).execute(span).compose(rows -> {
            Row days = rows.iterator().next();
            return days.getString("first") == null
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RefusedException(new Refusal.Conflict(
                            "archived",
                            "events of the period were recorded from " + days.getString("first") + " to "
                                    + days.getString("last") + ", and have left for the archive")));
        });
    }

    private static Future<Void> each(SqlClient sql, String statement, Tuple span, Consumer<Row> reader) {
        return sql.preparedQuery(statement)
                .execute(span)
                .onSuccess(rows -> rows.forEach(reader))
                .mapEmpty();
    }

    /** What a source declared of an hour; empty where it declared nothing. */
    public Future<Optional<SourceTotal>> total(TenantId tenant, String source, String eventType, Instant hour) {
        return report.preparedQuery(SourceTotalTable.TOTAL)
                .execute(Tuple.of(tenant.value(), source, eventType, Instants.utc(hour)))
                .map(rows -> rows.stream().findFirst().map(SourceTotalTable::total));
    }

    /**
     * A page of what is behind a variance, oldest hour first.
     *
     * @param type only of this event type; null for all
     * @param meter only of this meter; null for all
     */
    public Future<Page<Reconciliation.Behind>> behind(
            TenantId tenant,
            Period period,
            Variance variance,
            @Nullable String type,
            @Nullable String meter,
            int limit,
            @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        if (variance == Variance.METERED) {
            return behindMetered(tenant, period, type, meter, limit, after);
        }
        String statement = variance.statement()
                .orElseThrow(() -> new RefusedException(
                        Refusal.Invalid.at("/variance", "has no ids: what is not recorded has no name")));
        Tuple parameters = Tuple.of(tenant.value(), Instants.utc(period.from()), Instants.utc(period.to()))
                .addValue(type)
                .addValue(meter)
                .addValue(after == null ? null : Instants.utc(after.instant()))
                .addValue(after == null ? null : after.last())
                .addValue(limit + 1);
        Tuple span = Tuple.of(tenant.value(), Instants.utc(period.from()), Instants.utc(period.to()));
        return kept(report, span)
                .compose(kept -> report.preparedQuery(statement).execute(parameters))
                .map(found -> {
                    Page<Row> page = Page.upTo(
                            found.stream().toList(),
                            limit,
                            row -> Cursor.of(row.getOffsetDateTime("hour").toInstant(), row.getString("key")));
                    return new Page<>(
                            page.items().stream()
                                    .map(ReconciliationQueries::behind)
                                    .toList(),
                            page.next());
                });
    }

    private Future<Page<Reconciliation.Behind>> behindMetered(
            TenantId tenant,
            Period period,
            @Nullable String type,
            @Nullable String meter,
            int limit,
            @Nullable Cursor after) {
        Instant from = after == null ? period.from() : after.instant();
        Tuple span = Tuple.of(tenant.value(), Instants.utc(from), Instants.utc(period.to()));
        Tuple wanted = Tuple.of(tenant.value(), Instants.utc(from), Instants.utc(period.to()))
                .addValue(type)
                .addValue(meter);
        return inSnapshot(sql -> kept(sql, span)
                        .compose(kept -> Filters.of(sql, tenant))
                        .compose(filters -> BehindMetered.find(sql, filters, wanted, after, limit + 1, pageEntries)))
                .map(found -> {
                    Page<BehindMetered.Found> page = Page.upTo(
                            found,
                            limit,
                            one -> Cursor.of(one.event().hour(), one.event().key()));
                    return new Page<>(
                            page.items().stream()
                                    .map(BehindMetered.Found::behind)
                                    .toList(),
                            page.next());
                });
    }

    private static Reconciliation.Behind behind(Row row) {
        return new Reconciliation.Behind(
                row.getString("kind"),
                row.getOffsetDateTime("hour").toInstant(),
                row.getString("event_type"),
                row.getString("source"),
                row.getString("id"),
                row.getString("exception"),
                row.getString("customer"),
                row.getString("subscription"),
                row.getString("meter"),
                row.getString("detail"));
    }
}
