package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Caller;
import io.weir.schemas.Instants;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** SQL of principals, keys and access tiers. */
final class CredentialTable {
    static final String FIND = """
            select k.secret_sha256, k.expires_at, k.scopes, k.principal, t.tenant, t.organisation, t.region,
                   t.past_seconds, t.future_seconds,
                   a.tier, a.requests_per_second, a.requests_burst, a.events_per_second, a.events_burst,
                   a.bytes_per_second, a.bytes_burst, a.concurrent_requests, a.events_per_month, a.fail_mode,
                   o.tier as t_tier, o.requests_per_second as t_requests_per_second,
                   o.requests_burst as t_requests_burst, o.events_per_second as t_events_per_second,
                   o.events_burst as t_events_burst, o.bytes_per_second as t_bytes_per_second,
                   o.bytes_burst as t_bytes_burst, o.concurrent_requests as t_concurrent_requests,
                   o.events_per_month as t_events_per_month, o.fail_mode as t_fail_mode
            from api_key k
            join tenant t using (tenant)
            join access_tier a on a.tenant = k.tenant and a.tier = k.tier
            left join tenant_tier tt on tt.tenant = k.tenant
            left join access_tier o on o.tenant = tt.tenant and o.tier = tt.tier
            where k.key_id = $1 and k.revoked_at is null
            """;

    static final String PUT_PRINCIPAL = """
            insert into principal (tenant, principal, kind, name) values ($1, $2, $3, $4)
            on conflict (tenant, principal) do nothing
            """;

    static final String PUT_TIER = """
            insert into access_tier (tenant, tier, requests_per_second, requests_burst, events_per_second, events_burst,
                bytes_per_second, bytes_burst, concurrent_requests, events_per_month, fail_mode)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            on conflict (tenant, tier) do update set
                requests_per_second = excluded.requests_per_second, requests_burst = excluded.requests_burst,
                events_per_second = excluded.events_per_second, events_burst = excluded.events_burst,
                bytes_per_second = excluded.bytes_per_second, bytes_burst = excluded.bytes_burst,
                concurrent_requests = excluded.concurrent_requests, events_per_month = excluded.events_per_month,
                fail_mode = excluded.fail_mode
            """;

    static final String PUT_KEY = """
            insert into api_key (key_id, tenant, principal, tier, secret_sha256, scopes) values ($1, $2, $3, $4, $5, $6)
            on conflict (key_id) do nothing
            """;

    static final String CHANGED = "insert into change (tenant, kind) values ($1, 'CREDENTIAL')";

    /** A key as it is kept. */
    record Stored(byte[] secretHash, Instant expiresAt, Caller caller) {}

    private CredentialTable() {}

    static Future<Optional<Stored>> find(SqlClient sql, String keyId) {
        return sql.preparedQuery(FIND).execute(Tuple.of(keyId)).map(rows -> {
            for (Row row : rows) {
                return Optional.of(stored(row, keyId));
            }
            return Optional.empty();
        });
    }

    static Future<Void> put(SqlClient sql, TenantId tenant, AccessTier tier) {
        Tuple row = Tuple.of(tenant.value(), tier.name());
        for (Optional<AccessTier.Rate> rate : List.of(tier.requests(), tier.events(), tier.bytes())) {
            row.addValue(rate.map(AccessTier.Rate::perSecond).orElse(null));
            row.addValue(rate.map(AccessTier.Rate::burst).orElse(null));
        }
        OptionalInt concurrent = tier.concurrentRequests();
        row.addValue(concurrent.isPresent() ? concurrent.getAsInt() : null);
        row.addValue(tier.eventsPerMonth().isPresent() ? tier.eventsPerMonth().getAsLong() : null);
        row.addString(tier.failMode().name().toLowerCase(Locale.ROOT));
        return sql.preparedQuery(PUT_TIER).execute(row).mapEmpty();
    }

    static Future<Void> put(SqlClient sql, TenantId tenant, String principal, String kind) {
        return sql.preparedQuery(PUT_PRINCIPAL)
                .execute(Tuple.of(tenant.value(), principal, kind, principal))
                .mapEmpty();
    }

    static Future<Void> put(
            SqlClient sql, TenantId tenant, String principal, String tier, Set<Scope> scopes, ApiKey key) {
        String[] texts = scopes.stream().map(Scope::text).toArray(String[]::new);
        return sql.preparedQuery(PUT_KEY)
                .execute(Tuple.of(key.id(), tenant.value(), principal, tier, Buffer.buffer(key.secretHash()))
                        .addArrayOfString(texts))
                .mapEmpty();
    }

    static Future<Void> changed(SqlClient sql, TenantId tenant) {
        return sql.preparedQuery(CHANGED).execute(Tuple.of(tenant.value())).mapEmpty();
    }

    private static Stored stored(Row row, String keyId) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String text : row.getArrayOfStrings("scopes")) {
            Scope.of(text).ifPresent(scopes::add);
        }
        Caller caller = new Caller(
                new TenantId(row.getString("tenant")),
                row.getString("organisation"),
                row.getString("principal"),
                keyId,
                Scope.closure(scopes),
                tier(row, ""),
                row.getString("t_tier") == null ? Optional.empty() : Optional.of(tier(row, "t_")),
                row.getString("region"),
                Duration.ofSeconds(row.getLong("past_seconds")),
                Duration.ofSeconds(row.getLong("future_seconds")));
        return new Stored(
                row.getBuffer("secret_sha256").getBytes(), Instants.of(row.getOffsetDateTime("expires_at")), caller);
    }

    private static AccessTier tier(Row row, String prefix) {
        Integer concurrent = row.getInteger(prefix + "concurrent_requests");
        Long month = row.getLong(prefix + "events_per_month");
        return new AccessTier(
                row.getString(prefix + "tier"),
                rate(row, prefix + "requests"),
                rate(row, prefix + "events"),
                rate(row, prefix + "bytes"),
                concurrent == null ? OptionalInt.empty() : OptionalInt.of(concurrent),
                month == null ? OptionalLong.empty() : OptionalLong.of(month),
                AccessTier.FailMode.valueOf(row.getString(prefix + "fail_mode").toUpperCase(Locale.ROOT)));
    }

    private static Optional<AccessTier.Rate> rate(Row row, String name) {
        Long perSecond = row.getLong(name + "_per_second");
        return perSecond == null
                ? Optional.empty()
                : Optional.of(new AccessTier.Rate(perSecond, row.getLong(name + "_burst")));
    }
}
