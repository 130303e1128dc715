package io.weir.entitlement;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Commands.Grant;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;

/** Reads grants as they were put. */
public final class GrantQueries {
    private final GrantTable table;

    public GrantQueries(Pool pool) {
        this.table = new GrantTable(pool);
    }

    /**
     * A grant and its current revision, which is its strong ETag.
     *
     * @param content with {@code effectiveAt} always there
     */
    public record Found(Grant content, long revision) {}

    /** The customer's grant of that key; fails with {@link Refusal.NotFound} where there is none. */
    public Future<Found> grant(TenantId tenant, CustomerId customer, String grant) {
        return table.current(tenant, customer, grant)
                .recover(failure -> Future.failedFuture(Postgres.refusal(failure)))
                .compose(stored -> stored.map(it -> Future.succeededFuture(new Found(it.content(), it.revision())))
                        .orElseGet(() -> Future.failedFuture(new RefusedException(new Refusal.NotFound("grant")))));
    }
}
