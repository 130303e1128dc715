package io.weir.reconciliation;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers in what stages differ, and what is behind it; safe to be called from any thread. */
public final class ReconciliationQueries {
    private final Pool report;
    private final WeirSettings.Reconciliation settings;
    private final Supplier<@Nullable Instant> countedUpTo;

    /** @param countedUpTo up to when every accepted event is recorded; null while that is not known */
    ReconciliationQueries(Pool report, WeirSettings.Reconciliation settings, Supplier<@Nullable Instant> countedUpTo) {
        this.report = report;
        this.settings = settings;
        this.countedUpTo = countedUpTo;
    }

    /** A reconciliation, and where its next page begins; null where this is the last one. */
    public record Found(
            Reconciliation reconciliation, @Nullable String next) {}

    /** A page of a period's hours and types, oldest first; all of an hour is read in one snapshot. */
    public Future<Found> reconcile(TenantId tenant, Period period, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        Instant asOf = countedUpTo.get();
        return inParts(
                        tenant,
                        period,
                        after,
                        limit,
                        (sql, span) -> read(sql, span)
                                .map(stages -> stages.rows().stream()
                                        .filter(row -> after == null || behind(row, after))
                                        .toList()))
                .compose(rows -> report.preparedQuery(ReconciliationTable.UNACCOUNTED)
                        .execute()
                        .map(found -> found(
                                period,
                                asOf,
                                found.iterator().next().getLong("records"),
                                Page.upTo(rows, limit, row -> Cursor.of(row.hour(), row.type())))));
    }

    private static Found found(Period period, @Nullable Instant asOf, long unaccounted, Page<Reconciliation.Row> page) {
        return new Found(
                new Reconciliation(period.text(), period.from(), period.to(), asOf, unaccounted, page.items()),
                page.next());
    }

    /** What is read of a span of hours, in one snapshot. */
    private interface Reader<T> {
        Future<List<T>> read(SqlConnection sql, Span span);
    }

    /** Hours of a tenant. */
    private record Span(TenantId tenant, Instant from, Instant to) {
        Tuple tuple() {
            return Tuple.of(tenant.value(), Instants.utc(from), Instants.utc(to));
        }

        /** This in parts of few events each, by how many the log had in which hour: an hour is a part at least. */
        List<Span> parts(RowSet<Row> hours, int mostEvents) {
            List<Span> parts = new ArrayList<>();
            Instant begin = from;
            long events = 0;
            for (Row row : hours) {
                Instant hour = row.getOffsetDateTime("hour").toInstant();
                if (events + row.getLong("events") > mostEvents && hour.isAfter(begin)) {
                    parts.add(new Span(tenant, begin, hour));
                    begin = hour;
                    events = 0;
                }
                events += row.getLong("events");
            }
            parts.add(new Span(tenant, begin, to));
            return parts;
        }
    }

    /** Reads a period part by part, each within the time that a transaction has, until there is more than a page. */
    private <T> Future<List<T>> inParts(
            TenantId tenant, Period period, @Nullable Cursor after, int limit, Reader<T> reader) {
        Instant hour = after == null ? period.from() : after.instant().truncatedTo(ChronoUnit.HOURS);
        Span all = new Span(tenant, hour.isAfter(period.from()) ? hour : period.from(), period.to());
        return kept(report, all.tuple())
                .compose(kept -> report.preparedQuery(ReconciliationTable.HOURS).execute(all.tuple()))
                .compose(hours ->
                        next(all.parts(hours, settings.partEvents()).iterator(), limit, reader, new ArrayList<>()));
    }

    private <T> Future<List<T>> next(Iterator<Span> parts, int limit, Reader<T> reader, List<T> found) {
        if (found.size() > limit || !parts.hasNext()) {
            return Future.succeededFuture(found);
        }
        Span part = parts.next();
        return inSnapshot(sql -> kept(sql, part.tuple()).compose(kept -> reader.read(sql, part)))
                .compose(more -> {
                    found.addAll(more);
                    return next(parts, limit, reader, found);
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

    private Future<Stages> read(SqlConnection sql, Span of) {
        Stages stages = new Stages();
        Tuple span = of.tuple();
        return each(sql, ReconciliationTable.SENT, span, stages::sent)
                .compose(done -> each(sql, ReconciliationTable.READ, span, stages::read))
                .compose(done -> each(sql, ReconciliationTable.RECORDED, span, stages::recorded))
                .compose(done -> each(sql, ReconciliationTable.EXPECTED, span, stages::expected))
                .compose(done -> Filters.of(sql, of.tenant))
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
                : Passing.through(sql, ReconciliationTable.FILTERED, span, settings.pageEntries(), row -> {
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
        return inParts(
                        tenant,
                        period,
                        after,
                        limit,
                        (sql, span) -> Filters.of(sql, tenant).compose(filters -> {
                            Tuple wanted = span.tuple().addValue(type).addValue(meter);
                            return BehindMetered.find(sql, filters, wanted, after, limit + 1, settings.pageEntries());
                        }))
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
