package io.weir.exceptions;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lists exceptions of all stages, newest first; safe to be called from any thread. */
public final class ExceptionQueries {
    private static final Set<String> STATES = Set.of("open", "resolved");
    private static final String LEDGER = "L-";
    private static final String POSTING = "P-";

    private final Pool report;
    private final InstantSource clock;

    /** @param report connections of the flow class that answers reports */
    public ExceptionQueries(Pool report, InstantSource clock) {
        this.report = report;
        this.clock = clock;
    }

    /**
     * A page of exceptions.
     *
     * @param reason only those; null for all
     * @param state open (also where null) or resolved; a document that was sent after all is no exception any more
     */
    public Future<Page<ExceptionItem>> list(
            TenantId tenant, @Nullable String reason, @Nullable String state, int limit, @Nullable String cursor) {
        return Future.succeededFuture(Objects.requireNonNullElse(state, "open")).compose(wanted -> {
            if (!STATES.contains(wanted)) {
                throw new RefusedException(Refusal.Invalid.at("/state", "must be open or resolved"));
            }
            Cursor after = Cursor.read(cursor, 2);
            Tuple parameters = Tuple.of(tenant.value(), wanted, reason)
                    .addValue(after == null ? null : Instants.utc(after.instant()))
                    .addValue(after == null ? null : after.last())
                    .addValue(limit + 1);
            Instant now = clock.instant();
            return report.preparedQuery(ExceptionsTable.LIST)
                    .execute(parameters)
                    .map(rows -> page(rows, limit, now));
        });
    }

    /** An exception with its payload; a document's only while it is held. */
    public Future<Optional<ExceptionDetail>> get(TenantId tenant, String id) {
        if (id.startsWith(POSTING)) {
            return first(ExceptionsTable.HELD_DOCUMENT, Tuple.of(tenant.value(), id.substring(POSTING.length())));
        }
        Optional<Long> exception = id.startsWith(LEDGER) ? number(id.substring(LEDGER.length())) : Optional.empty();
        return exception.isEmpty()
                ? Future.succeededFuture(Optional.empty())
                : first(ExceptionsTable.LEDGER_EXCEPTION, Tuple.of(tenant.value(), exception.get()));
    }

    private Future<Optional<ExceptionDetail>> first(String sql, Tuple parameters) {
        Instant now = clock.instant();
        return report.preparedQuery(sql)
                .execute(parameters)
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(ExceptionsTable.detail(rows.iterator().next(), now)));
    }

    private static Page<ExceptionItem> page(RowSet<Row> rows, int limit, Instant now) {
        List<ExceptionItem> items = new ArrayList<>();
        rows.forEach(row -> items.add(ExceptionsTable.item(row, now)));
        return Page.upTo(items, limit, item -> Cursor.of(item.openedAt(), item.id()));
    }

    private static Optional<Long> number(String text) {
        return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
