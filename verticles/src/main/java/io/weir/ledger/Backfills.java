package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How far the versions of a tenant's meters have counted what was recorded before they were there; true for a transaction. */
final class Backfills {
    /** A version of a meter. */
    private record Version(String meter, int version) {}

    /** Entries up to that one are counted; all, where it ended. */
    private record Position(Instant at, UUID key, boolean ended) {
        private boolean passed(Instant recordedAt, UUID of) {
            int order = recordedAt.compareTo(at);
            return ended || order < 0 || order == 0 && compare(of, key) <= 0;
        }

        /** As Postgres orders them: byte by byte. */
        private static int compare(UUID one, UUID other) {
            int order = Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
            return order != 0
                    ? order
                    : Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
        }
    }

    private final Map<Version, Position> positions = new HashMap<>();

    private Backfills() {}

    /** Where they stand, and until the commit stay: the caller holds the lock of master data, so that none begins either. */
    static Backfills hold(SqlConnection sql, TenantId tenant) {
        Future.await(sql.preparedQuery(AggregateTable.HOLD_BACKFILLS).execute(Tuple.of(tenant.value())));
        return read(sql, tenant);
    }

    /** Where they stand. */
    static Backfills read(SqlConnection sql, TenantId tenant) {
        Backfills backfills = new Backfills();
        for (Row row : Future.await(sql.preparedQuery(AggregateTable.BACKFILLS).execute(Tuple.of(tenant.value())))) {
            backfills.positions.put(
                    new Version(row.getString("meter"), row.getInteger("version")),
                    new Position(
                            Instants.of(row.getOffsetDateTime("after_at")),
                            row.getUUID("after_key"),
                            row.getBoolean("ended")));
        }
        return backfills;
    }

    /**
     * Whether months hold what the version has counted: they are of one version alone, the newest that has begun, and of later ones
     * until they begin.
     */
    boolean inMonths(Meter meter) {
        return positions.keySet().stream()
                .noneMatch(begun -> begun.meter.equals(meter.key().value()) && begun.version > meter.version());
    }

    /** Whether the version has counted such an entry, which was recorded before the version was there. */
    boolean passed(Meter meter, Instant recordedAt, UUID key) {
        @Nullable Position position = positions.get(new Version(meter.key().value(), meter.version()));
        return position != null && position.passed(recordedAt, key);
    }
}
