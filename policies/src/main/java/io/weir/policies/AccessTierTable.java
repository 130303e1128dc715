package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.AccessTier;
import io.weir.schemas.TenantId;
import java.util.List;
import java.util.Optional;

/** SQL of access tiers. */
final class AccessTierTable {
    static final String SEED = """
            insert into access_tier (tenant, tier, is_default, requests_per_second, requests_burst, events_per_second,
                                     events_burst)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, tier) do nothing
            """;

    /** The old row's name is answered, or null where it is new. */
    static final String PUT = """
            with before as (select tier from access_tier where tenant = $1 and tier = $2)
            insert into access_tier (tenant, tier, is_default, requests_per_second, requests_burst, events_per_second,
                                     events_burst)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (tenant, tier) do update set
                is_default = excluded.is_default,
                requests_per_second = excluded.requests_per_second, requests_burst = excluded.requests_burst,
                events_per_second = excluded.events_per_second, events_burst = excluded.events_burst
            returning (select tier from before) as before
            """;

    static final String NO_LONGER_DEFAULT =
            "update access_tier set is_default = false where tenant = $1 and tier <> $2 and is_default";

    /** All from a name on, or the one of a name, in one form. */
    static final String LIST = """
            select tier, is_default, requests_per_second, requests_burst, events_per_second, events_burst
            from access_tier
            where tenant = $1 and ($2::text is null or tier = $2) and ($3::text is null or tier > $3)
            order by tier
            limit $4
            """;

    static final String LOCK = "select pg_advisory_xact_lock($1, hashtext($2))";

    private AccessTierTable() {}

    static Future<Void> seed(SqlClient sql, TenantId tenant, AccessTier tier, boolean isDefault) {
        return sql.preparedQuery(SEED).execute(row(tenant, tier, isDefault)).mapEmpty();
    }

    /** Stores a tier; whether it is new. */
    static Future<Boolean> put(SqlClient sql, TenantId tenant, AccessTier tier, boolean isDefault) {
        return sql.preparedQuery(PUT)
                .execute(row(tenant, tier, isDefault))
                .map(rows -> rows.iterator().next().getString("before") == null);
    }

    private static Tuple row(TenantId tenant, AccessTier tier, boolean isDefault) {
        return Tuple.of(tenant.value(), tier.name(), isDefault)
                .addLong(tier.requestsPerSecond())
                .addLong(tier.requestsBurst())
                .addLong(tier.eventsPerSecond())
                .addLong(tier.eventsBurst());
    }

    static Future<Void> noLongerDefault(SqlClient sql, TenantId tenant, String but) {
        return sql.preparedQuery(NO_LONGER_DEFAULT)
                .execute(Tuple.of(tenant.value(), but))
                .mapEmpty();
    }

    static Future<Optional<AccessTiers.Tier>> one(SqlClient sql, TenantId tenant, String tier) {
        return list(sql, Tuple.of(tenant.value(), tier, null, 1L))
                .map(found -> found.stream().findFirst());
    }

    static Future<List<AccessTiers.Tier>> after(SqlClient sql, TenantId tenant, String after, int limit) {
        return list(sql, Tuple.of(tenant.value(), null, after, (long) limit));
    }

    private static Future<List<AccessTiers.Tier>> list(SqlClient sql, Tuple parameters) {
        return sql.preparedQuery(LIST)
                .execute(parameters)
                .map(rows -> rows.stream()
                        .map(row -> AccessTiers.Tier.of(CredentialTable.tier(row), row.getBoolean("is_default")))
                        .toList());
    }
}
