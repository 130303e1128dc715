package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.AccessTier;
import io.weir.schemas.TenantId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** SQL of access tiers. */
final class AccessTierTable {
    static final String SEED = """
            insert into access_tier (tenant, tier, is_default, of_tenant, requests_per_second, requests_burst,
                                     events_per_second, events_burst, bytes_per_second, bytes_burst,
                                     concurrent_requests, events_per_month, fail_mode, kafka_away)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (tenant, tier) do nothing
            """;

    /** The old row's name is answered, or null where it is new. */
    static final String PUT = """
            with before as (select tier from access_tier where tenant = $1 and tier = $2)
            insert into access_tier (tenant, tier, is_default, of_tenant, requests_per_second, requests_burst,
                                     events_per_second, events_burst, bytes_per_second, bytes_burst,
                                     concurrent_requests, events_per_month, fail_mode, kafka_away)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            on conflict (tenant, tier) do update set
                is_default = excluded.is_default, of_tenant = excluded.of_tenant,
                requests_per_second = excluded.requests_per_second, requests_burst = excluded.requests_burst,
                events_per_second = excluded.events_per_second, events_burst = excluded.events_burst,
                bytes_per_second = excluded.bytes_per_second, bytes_burst = excluded.bytes_burst,
                concurrent_requests = excluded.concurrent_requests, events_per_month = excluded.events_per_month,
                fail_mode = excluded.fail_mode, kafka_away = excluded.kafka_away
            returning (select tier from before) as before
            """;

    static final String NO_LONGER_DEFAULT =
            "update access_tier set is_default = false where tenant = $1 and tier <> $2 and is_default";

    static final String NO_LONGER_TENANTS =
            "update access_tier set of_tenant = false where tenant = $1 and tier <> $2 and of_tenant";

    /** All from a name on, or the one of a name, in one form. */
    static final String LIST = """
            select tier, is_default, of_tenant, requests_per_second, requests_burst, events_per_second, events_burst,
                bytes_per_second, bytes_burst, concurrent_requests, events_per_month, fail_mode, kafka_away
            from access_tier
            where tenant = $1 and ($2::text is null or tier = $2) and ($3::text is null or tier > $3)
            order by tier
            limit $4
            """;

    private AccessTierTable() {}

    static Future<Void> seed(SqlClient sql, TenantId tenant, AccessTier tier, boolean isDefault) {
        return sql.preparedQuery(SEED)
                .execute(row(tenant, tier, isDefault, false))
                .mapEmpty();
    }

    /** Stores a tier; whether it is new. */
    static Future<Boolean> put(SqlClient sql, TenantId tenant, AccessTier tier, boolean isDefault, boolean ofTenant) {
        return sql.preparedQuery(PUT)
                .execute(row(tenant, tier, isDefault, ofTenant))
                .map(rows -> rows.iterator().next().getString("before") == null);
    }

    private static Tuple row(TenantId tenant, AccessTier tier, boolean isDefault, boolean ofTenant) {
        Tuple row = Tuple.of(tenant.value(), tier.name(), isDefault, ofTenant);
        for (Optional<AccessTier.Rate> rate : List.of(tier.requests(), tier.events(), tier.bytes())) {
            row.addValue(rate.map(AccessTier.Rate::perSecond).orElse(null));
            row.addValue(rate.map(AccessTier.Rate::burst).orElse(null));
        }
        OptionalInt concurrent = tier.concurrentRequests();
        return row.addValue(concurrent.isPresent() ? concurrent.getAsInt() : null)
                .addValue(
                        tier.eventsPerMonth().isPresent()
                                ? tier.eventsPerMonth().getAsLong()
                                : null)
                .addString(tier.failMode().name().toLowerCase(Locale.ROOT))
                .addString(tier.kafkaAway().name().toLowerCase(Locale.ROOT));
    }

    static Future<Void> noLongerTenants(SqlClient sql, TenantId tenant, String but) {
        return sql.preparedQuery(NO_LONGER_TENANTS)
                .execute(Tuple.of(tenant.value(), but))
                .mapEmpty();
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
                        .map(row -> AccessTiers.Tier.of(
                                tier(row, ""), row.getBoolean("is_default"), row.getBoolean("of_tenant")))
                        .toList());
    }

    /** The tier of a row whose columns have that prefix. */
    static AccessTier tier(Row row, String prefix) {
        Integer concurrent = row.getInteger(prefix + "concurrent_requests");
        Long month = row.getLong(prefix + "events_per_month");
        return new AccessTier(
                row.getString(prefix + "tier"),
                rate(row, prefix + "requests"),
                rate(row, prefix + "events"),
                rate(row, prefix + "bytes"),
                concurrent == null ? OptionalInt.empty() : OptionalInt.of(concurrent),
                month == null ? OptionalLong.empty() : OptionalLong.of(month),
                AccessTier.FailMode.valueOf(row.getString(prefix + "fail_mode").toUpperCase(Locale.ROOT)),
                AccessTier.KafkaAway.valueOf(
                        row.getString(prefix + "kafka_away").toUpperCase(Locale.ROOT)));
    }

    private static Optional<AccessTier.Rate> rate(Row row, String name) {
        Long perSecond = row.getLong(name + "_per_second");
        return perSecond == null
                ? Optional.empty()
                : Optional.of(new AccessTier.Rate(perSecond, row.getLong(name + "_burst")));
    }
}
