package io.weir.audit;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads the audit trail of a tenant, newest first; safe to be called from any thread. */
public final class AuditQueries {
    private final Pool report;

    /** @param report connections of the flow class that answers reports */
    public AuditQueries(Pool report) {
        this.report = report;
    }

    /**
     * Which entries; null for all.
     *
     * @param from inclusive
     * @param to exclusive
     */
    public record Filter(
            @Nullable String object,
            @Nullable String principal,
            @Nullable String act,
            @Nullable Instant from,
            @Nullable Instant to) {}

    /** A page of entries. */
    public Future<Page<AuditItem>> list(TenantId tenant, Filter filter, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 1);
        Tuple parameters = Tuple.of(
                        tenant.value(),
                        after == null ? Long.MAX_VALUE : after.number(),
                        filter.object(),
                        filter.principal(),
                        filter.act())
                .addValue(filter.from() == null ? null : Instants.utc(filter.from()))
                .addValue(filter.to() == null ? null : Instants.utc(filter.to()))
                .addValue(limit + 1);
        return AuditTable.entries(report, AuditTable.LIST, parameters)
                .map(found -> Page.upTo(
                        found.stream().map(AuditItem::of).toList(),
                        limit,
                        item -> Cursor.of(Long.toString(item.sequence()))));
    }
}
