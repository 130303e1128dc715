package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** Events that no meter counts, by tenant, type and hour: what is known of them, so that they are not silence. */
final class Uncounted {
    private record Hour(TenantId tenant, String eventType, Instant start) implements Comparable<Hour> {
        private static final Comparator<Hour> ORDER = Comparator.comparing(Hour::tenant)
                .thenComparing(Hour::eventType)
                .thenComparing(Hour::start);

        @Override
        public int compareTo(Hour other) {
            return ORDER.compare(this, other);
        }
    }

    private final TreeMap<Hour, Long> hours = new TreeMap<>();

    /** Adds so many events of that time; less than none where they are counted after all. */
    void add(TenantId tenant, String eventType, Instant time, long events) {
        hours.merge(new Hour(tenant, eventType, time.truncatedTo(ChronoUnit.HOURS)), events, Long::sum);
    }

    /** Sends them; to be awaited. */
    void send(SqlConnection sql, List<Future<?>> sent) {
        if (!hours.isEmpty()) {
            sent.add(sql.preparedQuery(AggregateTable.ADD_UNCOUNTED)
                    .execute(Columns.after()
                            .text(hours.keySet(), hour -> hour.tenant.value())
                            .text(hours.keySet(), Hour::eventType)
                            .times(hours.keySet(), Hour::start)
                            .longs(hours.values(), events -> events)
                            .tuple()));
        }
    }
}
