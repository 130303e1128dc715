package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Narrowing;
import io.weir.schemas.OwningSystem;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** SQL of keys as they are made, rotated, revoked and listed. */
final class IssuedKeyTable {
    static final String INSERT = """
            insert into api_key (key_id, tenant, principal, tier, secret_sha256, scopes, name, event_types, sources, system,
                                 customers, created_by, created_at, expires_at, rotated_from)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce($14::timestamptz, 'infinity'), $15)
            """;

    static final String TIER = "select tier from access_tier where tenant = $1 and tier = $2";

    static final String DEFAULT_TIER = "select tier from access_tier where tenant = $1 and is_default";

    static final String KEYS = """
            select k.key_id, k.name, k.principal, k.tier, k.scopes, k.event_types, k.sources, k.system, k.customers,
                   k.created_at, nullif(k.expires_at, 'infinity') as expires_at, k.revoked_at, k.created_by,
                   k.rotated_from,
                   array(select distinct s from principal_role h
                         join role r on r.tenant = h.tenant and r.role = h.role, unnest(r.scopes) s
                         where h.tenant = k.tenant and h.principal = k.principal) as held
            from api_key k
            where k.tenant = $1 and ($2::text is null or k.key_id = $2) and ($3::text is null or k.key_id > $3)
              and ($4::text is null or k.principal = $4)
            order by k.key_id
            limit $5
            """;

    static final String REVOKE = """
            update api_key set revoked_at = $3 where tenant = $1 and key_id = $2 and revoked_at is null
            """;

    static final String END = """
            update api_key set expires_at = least(expires_at, $3::timestamptz) where tenant = $1 and key_id = $2
            """;

    private IssuedKeyTable() {}

    /** A key to be stored. */
    record Draft(
            ApiKey key,
            String principal,
            String tier,
            List<String> scopes,
            @Nullable String name,
            Narrowing narrowing,
            String createdBy,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable String rotatedFrom) {}

    static Future<Void> insert(SqlClient sql, TenantId tenant, Draft draft) {
        Narrowing to = draft.narrowing();
        Set<CustomerId> customers = to.customers();
        OwningSystem system = to.system();
        Tuple row = Tuple.of(draft.key().id(), tenant.value(), draft.principal(), draft.tier())
                .addBuffer(Buffer.buffer(draft.key().secretHash()))
                .addArrayOfString(draft.scopes().toArray(String[]::new))
                .addString(draft.name())
                .addArrayOfString(array(to.eventTypes()))
                .addArrayOfString(array(to.sources()))
                .addString(system == null ? null : system.text())
                .addArrayOfString(
                        customers == null
                                ? null
                                : customers.stream().map(CustomerId::value).toArray(String[]::new))
                .addString(draft.createdBy())
                .addOffsetDateTime(Instants.utc(draft.createdAt()))
                .addOffsetDateTime(draft.expiresAt() == null ? null : Instants.utc(draft.expiresAt()))
                .addString(draft.rotatedFrom());
        return sql.preparedQuery(INSERT).execute(row).mapEmpty();
    }

    private static String @Nullable [] array(@Nullable List<String> texts) {
        return texts == null ? null : texts.toArray(String[]::new);
    }

    /** The tier of that name, or the tenant's default where that is null; empty where there is none. */
    static Future<Optional<String>> tier(SqlClient sql, TenantId tenant, @Nullable String tier) {
        return (tier == null
                        ? sql.preparedQuery(DEFAULT_TIER).execute(Tuple.of(tenant.value()))
                        : sql.preparedQuery(TIER).execute(Tuple.of(tenant.value(), tier)))
                .map(rows -> rows.stream().findFirst().map(row -> row.getString(0)));
    }

    static Future<List<IssuedKeys.Key>> keys(
            SqlClient sql,
            TenantId tenant,
            @Nullable String one,
            @Nullable String after,
            @Nullable String principal,
            int limit,
            Instant now) {
        return sql.preparedQuery(KEYS)
                .execute(Tuple.of(tenant.value(), one, after, principal, (long) limit))
                .map(rows -> {
                    List<IssuedKeys.Key> keys = new ArrayList<>();
                    rows.forEach(row -> keys.add(key(row, now)));
                    return keys;
                });
    }

    static Future<Void> revoke(SqlClient sql, TenantId tenant, String key, Instant now) {
        return sql.preparedQuery(REVOKE)
                .execute(Tuple.of(tenant.value(), key, Instants.utc(now)))
                .mapEmpty();
    }

    /** Lets a key end then, unless it ends earlier. */
    static Future<Void> end(SqlClient sql, TenantId tenant, String key, Instant at) {
        return sql.preparedQuery(END)
                .execute(Tuple.of(tenant.value(), key, Instants.utc(at)))
                .mapEmpty();
    }

    private static IssuedKeys.Key key(Row row, Instant now) {
        String[] own = row.getArrayOfStrings("scopes");
        Instant expires = instant(row, "expires_at");
        Instant revoked = instant(row, "revoked_at");
        String state = revoked != null ? "revoked" : expires != null && !now.isBefore(expires) ? "expired" : "active";
        Set<io.weir.schemas.Scope> effective = CredentialTable.effective(
                CredentialTable.scopes(own), CredentialTable.scopes(row.getArrayOfStrings("held")));
        Narrowing to = CredentialTable.narrowing(row);
        Set<CustomerId> customers = to.customers();
        OwningSystem system = to.system();
        return new IssuedKeys.Key(
                row.getString("key_id"),
                row.getString("name"),
                row.getString("principal"),
                List.of(own),
                Arrays.asList(CredentialTable.texts(effective)),
                row.getString("tier"),
                to.eventTypes(),
                to.sources(),
                system == null ? null : system.text(),
                customers == null
                        ? null
                        : customers.stream().map(CustomerId::value).sorted().toList(),
                state,
                row.getOffsetDateTime("created_at").toInstant(),
                row.getString("created_by"),
                expires,
                revoked,
                row.getString("rotated_from"));
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.getOffsetDateTime(column);
        return at == null ? null : at.toInstant();
    }
}
