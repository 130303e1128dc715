package io.weir.exceptions;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads replays, newest first; safe to be called from any thread. */
public final class ReplayQueries {
    private final Pool report;

    /** @param report connections of the flow class that answers reports */
    public ReplayQueries(Pool report) {
        this.report = report;
    }

    /** A page of replays; {@code state} null for all. */
    public Future<Page<Replay>> list(TenantId tenant, @Nullable String state, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        Tuple parameters = Tuple.of(tenant.value())
                .addValue(null)
                .addValue(state)
                .addValue(after == null ? null : Instants.utc(after.instant()))
                .addValue(after == null ? null : after.last())
                .addValue(limit + 1);
        return report.preparedQuery(ReplaysTable.REPLAYS)
                .execute(parameters)
                .map(rows -> Page.upTo(
                        rows.stream().map(ReplaysTable::replay).toList(),
                        limit,
                        replay -> Cursor.of(replay.createdAt(), replay.id())));
    }

    /** One by its id. */
    public Future<Optional<Replay>> get(TenantId tenant, String replay) {
        Tuple parameters = Tuple.of(tenant.value(), replay)
                .addValue(null)
                .addValue(null)
                .addValue(null)
                .addValue(1);
        return report.preparedQuery(ReplaysTable.REPLAYS)
                .execute(parameters)
                .map(rows -> rows.stream().findFirst().map(ReplaysTable::replay));
    }
}
