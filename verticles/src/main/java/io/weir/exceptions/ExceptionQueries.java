package io.weir.exceptions;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lists exceptions of all stages, newest first; safe to be called from any thread. */
public final class ExceptionQueries {
    private final Pool report;
    private final InstantSource clock;

    /** @param report connections of the flow class that answers reports */
    public ExceptionQueries(Pool report, InstantSource clock) {
        this.report = report;
        this.clock = clock;
    }

    /** A page of exceptions. */
    public Future<Page<ExceptionItem>> list(
            TenantId tenant, ExceptionFilter filter, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        Tuple parameters = Tuple.of(tenant.value(), filter.state(), filter.reason(), filter.kind())
                .addValue(filter.customer() == null ? null : filter.customer().value())
                .addValue(filter.owner())
                .addValue(filter.assigned())
                .addValue(filter.openedFrom() == null ? null : Instants.utc(filter.openedFrom()))
                .addValue(filter.openedTo() == null ? null : Instants.utc(filter.openedTo()))
                .addValue(after == null ? null : Instants.utc(after.instant()))
                .addValue(after == null ? null : after.last())
                .addValue(limit + 1);
        Instant now = clock.instant();
        return report.preparedQuery(ExceptionsTable.LIST)
                .execute(parameters)
                .map(rows -> Page.upTo(
                        rows.stream().map(row -> ExceptionsTable.item(row, now)).toList(),
                        limit,
                        item -> Cursor.of(item.openedAt(), item.id())));
    }

    /** An exception with its payload and history; a document's only while it is held, or once it is given up. */
    public Future<Optional<ExceptionDetail>> get(TenantId tenant, ExceptionId id) {
        String statement = switch (id) {
            case ExceptionId.OfEvent event -> ExceptionsTable.LEDGER_EXCEPTION;
            case ExceptionId.OfDocument document -> ExceptionsTable.DOCUMENT;
            case ExceptionId.OfTotal total -> ExceptionsTable.SOURCE_TOTAL;
            case ExceptionId.OfRating rating -> ExceptionsTable.RATING;
        };
        Instant now = clock.instant();
        return report.preparedQuery(statement)
                .execute(Tuple.of(tenant.value(), id.key()))
                .compose(rows -> rows.size() == 0
                        ? Future.succeededFuture(Optional.empty())
                        : history(tenant, ExceptionsTable.detail(rows.iterator().next(), now))
                                .map(Optional::of));
    }

    private Future<ExceptionDetail> history(TenantId tenant, ExceptionDetail detail) {
        return report.preparedQuery(ExceptionsTable.HISTORY)
                .execute(Tuple.of(tenant.value(), detail.item().id()))
                .map(rows ->
                        detail.with(rows.stream().map(ExceptionsTable::step).toList()));
    }
}
