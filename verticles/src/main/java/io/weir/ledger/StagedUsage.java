package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.weir.schemas.Aggregation;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What aggregates would add, as a preview tells it: by month, beside what is there; and by hour, for billing. */
final class StagedUsage {
    private StagedUsage() {}

    /** By customer, meter and month. */
    static List<BackfillSets.Usage> usage(SqlConnection sql, TenantId tenant, Aggregates added) {
        Map<Aggregates.MonthKey, Long> events = new TreeMap<>();
        for (Map.Entry<Aggregates.Key, Addend> row : added.rows().entrySet()) {
            Aggregates.Key key = row.getKey();
            events.merge(
                    new Aggregates.MonthKey(tenant, key.customer(), key.meter(), key.month()),
                    row.getValue().entries(),
                    Long::sum);
        }
        Map<Aggregates.MonthKey, Addend> changes = added.months();
        Map<Aggregates.MonthKey, BigDecimal> before = before(sql, changes);
        List<BackfillSets.Usage> usage = new ArrayList<>();
        events.forEach((key, count) -> {
            Addend change = changes.get(key);
            usage.add(new BackfillSets.Usage(
                    key.customer(),
                    key.meter(),
                    key.month(),
                    count,
                    change == null ? null : before.getOrDefault(key, BigDecimal.ZERO),
                    change == null ? null : change.value()));
        });
        return usage;
    }

    private static Map<Aggregates.MonthKey, BigDecimal> before(
            SqlConnection sql, Map<Aggregates.MonthKey, Addend> changes) {
        List<Aggregates.MonthKey> keys = List.copyOf(changes.keySet());
        Map<Aggregates.MonthKey, BigDecimal> before = new HashMap<>();
        for (Row row : Future.await(sql.preparedQuery(BackfillSetTable.MONTHS)
                .execute(Columns.after()
                        .text(keys, key -> key.tenant().value())
                        .text(keys, key -> key.customer().value())
                        .text(keys, Aggregates.MonthKey::meter)
                        .dates(keys, Aggregates.MonthKey::month)
                        .tuple()))) {
            before.put(keys.get((int) (row.getLong("n") - 1)), row.getBigDecimal("value"));
        }
        return before;
    }

    /** By subscription, meter and hour, of meters that can be billed. */
    static List<BackfillSets.Hour> hours(Aggregates added) {
        record Hour(String subscription, long revision, String meter, int version, Instant start) {}

        Map<Hour, BigDecimal> hours = new TreeMap<>(Comparator.comparing(Hour::subscription)
                .thenComparing(Hour::meter)
                .thenComparing(Hour::start)
                .thenComparing(Hour::revision)
                .thenComparing(Hour::version));
        added.rows().forEach((key, addend) -> {
            boolean billable = addend.how() == Aggregation.COUNT || addend.how() == Aggregation.SUM;
            if (billable && !key.subscription().isEmpty()) {
                hours.merge(
                        new Hour(
                                key.subscription(),
                                key.revision(),
                                key.meter(),
                                key.meterVersion(),
                                key.bucket().truncatedTo(ChronoUnit.HOURS)),
                        addend.value(),
                        BigDecimal::add);
            }
        });
        List<BackfillSets.Hour> found = new ArrayList<>();
        hours.forEach((hour, quantity) -> found.add(new BackfillSets.Hour(
                hour.subscription, hour.revision, hour.meter, hour.version, hour.start, quantity)));
        return found;
    }
}
