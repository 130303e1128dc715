package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads backfill sets, newest first; safe to be called from any thread. */
public final class BackfillSetQueries {
    private final Pool report;

    /** @param report connections of the flow class that answers reports */
    public BackfillSetQueries(Pool report) {
        this.report = report;
    }

    /** A page of sets; {@code state} null for all. */
    public Future<Page<BackfillSet>> list(TenantId tenant, @Nullable String state, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        Tuple parameters = Tuple.of(tenant.value())
                .addValue(state)
                .addValue(after == null ? null : Instants.utc(after.instant()))
                .addValue(after == null ? null : after.last())
                .addValue(limit + 1);
        return report.preparedQuery(BackfillSetListTable.SETS)
                .execute(parameters)
                .map(rows -> Page.upTo(
                        rows.stream().map(BackfillSetQueries::set).toList(),
                        limit,
                        set -> Cursor.of(set.createdAt(), set.id())));
    }

    /** One by its id. */
    public Future<Optional<BackfillSet>> get(TenantId tenant, String set) {
        return report.preparedQuery(BackfillSetListTable.SET)
                .execute(Tuple.of(tenant.value(), set))
                .map(rows -> rows.stream().findFirst().map(BackfillSetQueries::set));
    }

    /** A page of a set's events, in the order in which they were loaded; {@code status} null for all. */
    public Future<Page<BackfillSet.Event>> events(
            TenantId tenant, String set, @Nullable String status, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 1);
        return report.preparedQuery(BackfillSetListTable.EVENTS)
                .execute(Tuple.of(tenant.value(), set)
                        .addValue(status)
                        .addValue(after == null ? 0L : after.number())
                        .addValue(limit + 1))
                .map(rows -> Page.upTo(
                        rows.stream().map(BackfillSetQueries::event).toList(),
                        limit,
                        event -> Cursor.of(Integer.toString(event.line()))));
    }

    private static BackfillSet set(Row row) {
        String result = row.getString("result");
        return new BackfillSet(
                row.getString("backfill_set"),
                row.getString("state"),
                row.getBoolean("period_correction"),
                required(row, "span_from"),
                required(row, "span_to"),
                row.getString("customer"),
                row.getString("reason"),
                row.getInteger("events"),
                row.getLong("revision"),
                List.of(row.getArrayOfStrings("loaded_by")),
                row.getString("created_by"),
                required(row, "created_at"),
                required(row, "expires_at"),
                row.getString("ended_by"),
                instant(row, "ended_at"),
                result == null ? null : Json.tree(result));
    }

    private static BackfillSet.Event event(Row row) {
        return new BackfillSet.Event(
                row.getInteger("line"),
                row.getString("source"),
                row.getString("id"),
                required(row, "event_time"),
                row.getString("status"),
                row.getString("correlation"));
    }

    private static Instant required(Row row, String column) {
        return Objects.requireNonNull(instant(row, column));
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : Instants.of(time);
    }
}
