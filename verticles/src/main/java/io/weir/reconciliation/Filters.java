package io.weir.reconciliation;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.Json;
import io.weir.schemas.MeterFilter;
import io.weir.schemas.TenantId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which entries a tenant's meters take: their filters, asked as the ledger asks them, through the mapping of an entry's schema version. */
final class Filters {
    private record Filter(MeterFilter filter, Map<Integer, FieldMapping> mappings) {
        static Filter of(Row row) {
            Map<Integer, FieldMapping> mappings = new HashMap<>();
            Json.tree(row.getString("mappings"))
                    .properties()
                    .forEach(version -> mappings.put(
                            Integer.valueOf(version.getKey()),
                            FieldMapping.of(version.getValue().toString())));
            return new Filter(MeterFilter.stored(row.getString("filter")), mappings);
        }
    }

    private final Map<String, Filter> byMeter = new HashMap<>();

    private Filters() {}

    static Future<Filters> of(SqlClient sql, TenantId tenant) {
        return sql.preparedQuery(ReconciliationTable.FILTERS)
                .execute(Tuple.of(tenant.value()))
                .map(rows -> {
                    Filters filters = new Filters();
                    rows.forEach(row -> filters.byMeter.put(row.getString("meter"), Filter.of(row)));
                    return filters;
                });
    }

    /** Whether no meter has one. */
    boolean none() {
        return byMeter.isEmpty();
    }

    /** Whether the row's meter takes the row's entry. */
    boolean take(Row row) {
        @Nullable Filter filter = byMeter.get(row.getString("meter"));
        return filter == null
                || filter.filter.accepts(
                        Json.tree(row.getString("data")),
                        filter.mappings.getOrDefault(row.getInteger("schema_version"), FieldMapping.NONE));
    }
}
