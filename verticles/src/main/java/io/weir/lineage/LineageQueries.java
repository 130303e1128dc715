package io.weir.lineage;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.CustomerId;
import io.weir.schemas.EventKeys;
import io.weir.schemas.Instants;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers the way between an event and its ERP documents, from either end; safe to be called from any thread. */
public final class LineageQueries {
    private final Pool report;

    /** @param report connections of the flow class that answers reports */
    public LineageQueries(Pool report) {
        this.report = report;
    }

    /** A lineage, and where its next page of events begins; null where this is the last one. */
    public record Found(Lineage lineage, @Nullable String next) {}

    /** From a recorded event on; empty where the tenant has recorded none of that source and id that may be seen. */
    public Future<Optional<Found>> ofEvent(TenantId tenant, Narrowing to, String source, String id) {
        Tuple event = Tuple.of(EventKeys.key(tenant, source, id), tenant.value());
        return report.withConnection(sql -> rows(sql, LineageTable.EVENT, event, row -> row)
                .compose(entries -> {
                    if (entries.isEmpty() || !maySee(to, entries.getFirst())) {
                        return Future.succeededFuture(Optional.empty());
                    }
                    return rows(sql, LineageTable.CHARGES_OF_EVENT, event, row -> row)
                            .compose(charges -> chain(
                                    sql,
                                    tenant,
                                    keys(charges).toArray(String[]::new),
                                    hourOf(entries.getFirst(), charges),
                                    List.of(partOf(LineageTable.event(entries.getFirst()), charges))))
                            .map(lineage -> Optional.of(new Found(lineage, null)));
                }));
    }

    /**
     * Back from an ERP document, by its external id or the ERP's own number; empty where the tenant has no such document that
     * may be seen.
     */
    public Future<Optional<Found>> ofDocument(
            TenantId tenant, Narrowing to, String document, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        return report.withConnection(sql -> rows(
                        sql, LineageTable.DOCUMENT, Tuple.of(tenant.value(), document), row -> row)
                .compose(found -> {
                    if (found.isEmpty() || !maySee(to, found.getFirst())) {
                        return Future.succeededFuture(Optional.empty());
                    }
                    String externalId = found.getFirst().getString("external_id");
                    return keys(sql, LineageTable.CHARGES_OF_DOCUMENT, Tuple.of(externalId))
                            .compose(charges -> events(sql, tenant, charges, limit, after)
                                    .compose(page -> chain(sql, tenant, charges, null, page.items())
                                            .map(lineage -> Optional.of(new Found(lineage, page.next())))));
                }));
    }

    private static Future<Page<Lineage.Event>> events(
            SqlClient sql, TenantId tenant, String[] charges, int limit, @Nullable Cursor after) {
        Tuple parameters = Tuple.of(tenant.value())
                .addValue(charges)
                .addValue(after == null ? null : Instants.utc(after.instant()))
                .addValue(after == null ? null : after.uuid())
                .addValue(limit + 1);
        return rows(sql, LineageTable.EVENTS_OF_CHARGES, parameters, row -> row).map(found -> {
            Page<Row> page = Page.upTo(
                    found,
                    limit,
                    row -> Cursor.of(
                            LineageTable.instant(row, "event_time"),
                            row.getUUID("event_key").toString()));
            return new Page<>(page.items().stream().map(LineageTable::event).toList(), page.next());
        });
    }

    /** All that lies between; usage of one hour only where that is given. */
    private static Future<Lineage> chain(
            SqlClient sql, TenantId tenant, String[] charges, @Nullable Instant hour, List<Lineage.Event> events) {
        Tuple of = Tuple.of(tenant.value()).addValue(charges);
        Tuple hours = Tuple.of(tenant.value()).addValue(charges).addValue(hour == null ? null : Instants.utc(hour));
        return rows(sql, LineageTable.DOCUMENTS, of, LineageTable::document)
                .compose(documents -> rows(sql, LineageTable.POSTINGS, of, LineageTable::posting)
                        .compose(postings -> rows(sql, LineageTable.CHARGES, of, LineageTable::charge)
                                .compose(lines -> rows(sql, LineageTable.USAGE, hours, LineageTable::usage)
                                        .compose(usage -> archived(sql, of, hour)
                                                .map(days -> new Lineage(
                                                        documents, postings, lines, usage, events, days))))));
    }

    /** Where further events may lie; of a document, since one that was found itself is here. */
    private static Future<@Nullable List<String>> archived(SqlClient sql, Tuple charges, @Nullable Instant hour) {
        return hour != null
                ? Future.succeededFuture(null)
                : rows(sql, LineageTable.ARCHIVED_DAYS, charges, row -> row.getString("day"))
                        .map(days -> days.isEmpty() ? null : days);
    }

    private static List<String> keys(List<Row> charges) {
        return charges.stream().map(row -> row.getString("charge_key")).toList();
    }

    /** The hour that is told of; where the event was taken back it may have been of another one before: all are. */
    private static @Nullable Instant hourOf(Row event, List<Row> charges) {
        return charges.stream().anyMatch(row -> row.getBoolean("taken_back"))
                ? null
                : LineageTable.instant(event, "event_time");
    }

    private static Lineage.Event partOf(Lineage.Event event, List<Row> charges) {
        return new Lineage.Event(
                event.source(),
                event.id(),
                event.type(),
                event.subject(),
                event.time(),
                event.customer(),
                event.subscription(),
                event.recordedAt(),
                event.correlation(),
                keys(charges),
                LineageTable.takenBack(keys(charges.stream()
                        .filter(row -> row.getBoolean("taken_back"))
                        .toList())));
    }

    private static boolean maySee(Narrowing to, Row row) {
        String customer = row.getString("customer");
        return to.customers() == null || (customer != null && to.maySee(new CustomerId(customer)));
    }

    private static Future<String[]> keys(SqlClient sql, String statement, Tuple parameters) {
        return rows(sql, statement, parameters, row -> row.getString("charge_key"))
                .map(keys -> keys.toArray(String[]::new));
    }

    private static <T> Future<List<T>> rows(SqlClient sql, String statement, Tuple parameters, Function<Row, T> read) {
        return sql.preparedQuery(statement)
                .execute(parameters)
                .map(rows -> rows.stream().map(read).toList());
    }
}
