package io.weir.entitlement;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.Grant;
import io.weir.schemas.Commands.PutGrant;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.Instants;
import io.weir.schemas.Locks;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Table {@code entitlement_grant}: this stage is its one writer. */
final class GrantTable {
    /** One writer of a grant at a time, to the end of its transaction. */
    static final String LOCK = "select pg_advisory_xact_lock($1::int, hashtext($2::text))";

    static final String CUSTOMER = """
            select 1 from customer where tenant = $1 and customer = $2 and effective_to = 'infinity'
            """;

    static final String FEATURE_KIND = """
            select kind from feature where organisation = $1 and feature = $2 order by revision desc limit 1
            """;

    static final String CURRENT = """
            select revision, feature, unlimited, amount, priority, effective_at, nullif(expires_at, 'infinity') as expires_at
            from entitlement_grant
            where tenant = $1 and customer = $2 and grant_key = $3 and replaced_at = 'infinity'
            """;

    static final String CLOSE = """
            update entitlement_grant set replaced_at = $4
            where tenant = $1 and customer = $2 and grant_key = $3 and replaced_at = 'infinity'
            """;

    static final String INSERT = """
            insert into entitlement_grant (tenant, customer, grant_key, revision, feature, unlimited, amount, priority,
                                           effective_at, expires_at, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10::timestamptz, 'infinity'), $11)
            """;

    static final String CHANGED = "insert into change (tenant, customer, kind) values ($1, $2, 'GRANT')";

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private final SqlClient client;

    GrantTable(SqlClient client) {
        this.client = client;
    }

    /** A grant as it is stored. */
    record Stored(long revision, Grant content) {}

    Future<Void> lock(PutGrant put) {
        String key = put.tenant() + "\u001f" + put.customer() + "\u001f" + put.grant();
        return client.preparedQuery(LOCK).execute(Tuple.of(Locks.GRANT, key)).mapEmpty();
    }

    Future<Boolean> customerExists(TenantId tenant, CustomerId customer) {
        return client.preparedQuery(CUSTOMER)
                .execute(Tuple.of(tenant.value(), customer.value()))
                .map(rows -> rows.size() > 0);
    }

    Future<Optional<String>> featureKind(String organisation, FeatureKey feature) {
        return client.preparedQuery(FEATURE_KIND)
                .execute(Tuple.of(organisation, feature.value()))
                .map(rows -> {
                    for (Row row : rows) {
                        return Optional.of(row.getString(0));
                    }
                    return Optional.empty();
                });
    }

    Future<Optional<Stored>> current(TenantId tenant, CustomerId customer, String grant) {
        return client.preparedQuery(CURRENT)
                .execute(Tuple.of(tenant.value(), customer.value(), grant))
                .map(rows -> {
                    for (Row row : rows) {
                        return Optional.of(stored(row));
                    }
                    return Optional.empty();
                });
    }

    Future<Void> close(PutGrant put, Instant now) {
        return client.preparedQuery(CLOSE)
                .execute(Tuple.of(put.tenant().value(), put.customer().value(), put.grant(), Instants.utc(now)))
                .mapEmpty();
    }

    Future<Void> insert(PutGrant put, Grant content, long revision, Instant now) {
        Instant effective = content.effectiveAt() == null ? now : content.effectiveAt();
        Tuple row = Tuple.tuple()
                .addString(put.tenant().value())
                .addString(put.customer().value())
                .addString(put.grant())
                .addLong(revision)
                .addString(content.feature().value())
                .addBoolean(content.unlimited())
                .addBigDecimal(content.amount())
                .addInteger(content.priority())
                .addOffsetDateTime(Instants.utc(effective))
                .addOffsetDateTime(content.expiresAt() == null ? null : Instants.utc(content.expiresAt()))
                .addOffsetDateTime(Instants.utc(now));
        return client.preparedQuery(INSERT).execute(row).mapEmpty();
    }

    Future<Void> changed(PutGrant put) {
        return client.preparedQuery(CHANGED)
                .execute(Tuple.of(put.tenant().value(), put.customer().value()))
                .mapEmpty();
    }

    Future<Void> audit(Audited act) {
        return client.preparedQuery(AUDIT)
                .execute(Tuple.tuple(act.parameters()))
                .mapEmpty();
    }

    private static Stored stored(Row row) {
        return new Stored(
                row.getLong("revision"),
                new Grant(
                        new FeatureKey(row.getString("feature")),
                        row.getBigDecimal("amount"),
                        row.getBoolean("unlimited"),
                        row.getInteger("priority"),
                        instant(row.getOffsetDateTime("effective_at")),
                        instant(row.getOffsetDateTime("expires_at"))));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime at) {
        return at == null ? null : at.toInstant();
    }
}
