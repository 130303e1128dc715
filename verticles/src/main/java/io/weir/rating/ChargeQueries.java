package io.weir.rating;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists charges, newest first; for the front door. */
public final class ChargeQueries {
    private final Pool report;

    public ChargeQueries(Pool report) {
        this.report = report;
    }

    /**
     * A page of a tenant's charges.
     *
     * @param from only charges of hours that end after it; null for all
     * @param to only charges of hours that begin before it; null for all
     * @param cursor where the page before ended; null for the first page
     */
    public Future<Page<Charge>> charges(
            TenantId tenant,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable CustomerId customer,
            @Nullable SubscriptionId subscription,
            int limit,
            @Nullable String cursor) {
        Cursor below = Cursor.read(cursor, 2);
        Tuple given = Tuple.tuple().addString(tenant.value());
        given.addOffsetDateTime(from == null ? null : Instants.utc(from));
        given.addOffsetDateTime(to == null ? null : Instants.utc(to));
        given.addString(customer == null ? null : customer.value());
        given.addString(subscription == null ? null : subscription.value());
        given.addOffsetDateTime(below == null ? null : Instants.utc(below.instant()));
        given.addString(below == null ? null : below.last()).addLong(limit + 1L);
        return report.preparedQuery(ChargeTable.LIST).execute(given).map(rows -> {
            List<Charge> charges = new ArrayList<>();
            for (Row row : rows) {
                charges.add(ChargeTable.charge(row));
            }
            return Page.upTo(charges, limit, charge -> Cursor.of(charge.chargedAt(), charge.id()));
        });
    }
}
