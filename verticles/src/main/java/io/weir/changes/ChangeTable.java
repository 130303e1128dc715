package io.weir.changes;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Table {@code change}, read by transaction id up to the oldest transaction that still runs. */
final class ChangeTable {
    /**
     * Horizon and changes below it, of one snapshot because of one statement. A transaction is read wholly: ties of the
     * last id stay together.
     */
    static final String READ = """
            select pg_snapshot_xmin(s)::text::bigint as oldest,
                   pg_snapshot_xmax(s)::text::bigint as next,
                   c.xid::text::bigint as xid, c.tenant, c.customer, c.kind, c.object
            from pg_current_snapshot() as s
            left join lateral (
                select xid, tenant, customer, kind, object from change
                where xid >= $1::text::xid8 and xid < pg_snapshot_xmin(s)
                order by xid
                fetch first $2 rows with ties
            ) as c on true
            """;

    /** Gives up soon where writers hold the table: they must not queue behind this, and the next hours are there already. */
    static final String LOCK_TIMEOUT = "select set_config('lock_timeout', '1s', true)";

    static final String PARTITIONS = "select change_partitions($1, $2, $3)";

    private static final Map<String, ChangeKind> KINDS =
            Arrays.stream(ChangeKind.values()).collect(Collectors.toMap(ChangeKind::name, kind -> kind));

    private final Pool pool;

    ChangeTable(Pool pool) {
        this.pool = pool;
    }

    /**
     * What one statement saw.
     *
     * @param oldest the oldest transaction still running: all below it are committed or gone
     * @param next above every transaction that had ended
     * @param changes of transactions from the asked one up to {@code oldest}, exclusive
     * @param last transaction of the last change
     * @param rows how many there were, with those of a kind that only a newer Weir knows
     */
    record Reading(long oldest, long next, List<Change> changes, long last, int rows) {}

    Future<Reading> read(long from, int limit) {
        return pool.preparedQuery(READ)
                .execute(Tuple.of(Long.toString(from), (long) limit))
                .map(ChangeTable::reading);
    }

    Future<Integer> partitions(Instant now, int hoursAhead, int hoursKept) {
        return pool.withTransaction(connection -> connection
                .query(LOCK_TIMEOUT)
                .execute()
                .compose(set -> connection
                        .preparedQuery(PARTITIONS)
                        .execute(Tuple.of(Instants.utc(now), hoursAhead, hoursKept)))
                .map(rows -> rows.iterator().next().getInteger(0)));
    }

    private static Reading reading(RowSet<Row> rows) {
        long oldest = 0;
        long next = 0;
        long last = 0;
        int read = 0;
        List<Change> changes = new ArrayList<>(rows.size());
        for (Row row : rows) {
            oldest = row.getLong(0);
            next = row.getLong(1);
            if (row.getLong(2) != null) {
                last = Math.max(last, row.getLong(2));
                ChangeKind kind = KINDS.get(row.getString(5));
                String customer = row.getString(4);
                if (kind != null) {
                    changes.add(new Change(
                            new TenantId(row.getString(3)),
                            customer == null ? null : new CustomerId(customer),
                            kind,
                            row.getString(6)));
                }
                read++;
            }
        }
        return new Reading(oldest, next, changes, last, read);
    }
}
