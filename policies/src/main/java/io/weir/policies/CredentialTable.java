package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Audited;
import io.weir.schemas.Caller;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Locks;
import io.weir.schemas.Narrowing;
import io.weir.schemas.OwningSystem;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** SQL of a credential as each call asks for it, and of the ones that a first start is shown with. */
final class CredentialTable {
    static final String FIND = """
            select k.secret_sha256, k.expires_at, k.scopes, k.principal, t.tenant, t.organisation, t.region,
                   t.past_seconds, t.future_seconds, k.event_types, k.sources, k.system, k.customers,
                   array(select distinct s from principal_role h
                         join role r on r.tenant = h.tenant and r.role = h.role, unnest(r.scopes) s
                         where h.tenant = k.tenant and h.principal = k.principal) as held,
                   a.tier, a.requests_per_second, a.requests_burst, a.events_per_second, a.events_burst,
                   a.bytes_per_second, a.bytes_burst, a.concurrent_requests, a.events_per_month, a.fail_mode, a.kafka_away,
                   o.tier as t_tier, o.requests_per_second as t_requests_per_second,
                   o.requests_burst as t_requests_burst, o.events_per_second as t_events_per_second,
                   o.events_burst as t_events_burst, o.bytes_per_second as t_bytes_per_second,
                   o.bytes_burst as t_bytes_burst, o.concurrent_requests as t_concurrent_requests,
                   o.events_per_month as t_events_per_month, o.fail_mode as t_fail_mode,
                   o.kafka_away as t_kafka_away
            from api_key k
            join tenant t using (tenant)
            join access_tier a on a.tenant = k.tenant and a.tier = k.tier
            left join access_tier o on o.tenant = k.tenant and o.of_tenant
            where k.key_id = $1 and k.revoked_at is null
            """;

    /** A principal that is there keeps the roles that it has: they may have been changed. */
    static final String SEED_PRINCIPAL = """
            with made as (
                insert into principal (tenant, principal, kind, name) values ($1, $2, $3, $2)
                on conflict (tenant, principal) do nothing returning principal),
            named as (
                insert into role (tenant, role, scopes) select $1, principal, $4::text[] from made
                on conflict (tenant, role) do nothing)
            select count(*) from made
            """;

    static final String SEED_HOLDING = """
            insert into principal_role (tenant, principal, role) values ($1, $2, $2) on conflict do nothing
            """;

    static final String SEED_KEY = """
            insert into api_key (key_id, tenant, principal, tier, secret_sha256, scopes) values ($1, $2, $3, $4, $5, $6)
            on conflict (key_id) do nothing
            """;

    static final String CHANGED = "insert into change (tenant, kind, object) values ($1, 'CREDENTIAL', $2)";

    static final String LOCK = "select pg_advisory_xact_lock($1, hashtext($2))";

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    /**
     * A key as it is kept.
     *
     * @param itsCaller who holds it, ready to be answered with
     */
    record Stored(byte[] secretHash, Instant expiresAt, Optional<Caller> itsCaller) {
        Caller caller() {
            return itsCaller.orElseThrow();
        }
    }

    private CredentialTable() {}

    /** The key of that id unless it was revoked; null where there is none. */
    static Future<@Nullable Stored> find(SqlClient sql, String keyId) {
        return sql.preparedQuery(FIND)
                .execute(Tuple.of(keyId))
                .map(rows -> rows.size() == 0 ? null : stored(rows.iterator().next(), keyId));
    }

    /** True where the principal was not there. */
    static Future<Boolean> seed(
            SqlClient sql, TenantId tenant, String principal, String kind, Set<Scope> scopes, List<String> excludes) {
        return sql.preparedQuery(SEED_PRINCIPAL)
                .execute(Tuple.of(tenant.value(), principal, kind).addArrayOfString(texts(scopes)))
                .compose(made -> made.iterator().next().getLong(0) == 0
                        ? Future.succeededFuture(false)
                        : sql.preparedQuery(SEED_HOLDING)
                                .execute(Tuple.of(tenant.value(), principal))
                                .compose(held -> PrincipalTable.exclude(sql, tenant, principal, excludes))
                                .map(done -> true));
    }

    /** True where the key was not there. */
    static Future<Boolean> seed(
            SqlClient sql, TenantId tenant, String principal, String tier, Set<Scope> scopes, ApiKey key) {
        return sql.preparedQuery(SEED_KEY)
                .execute(Tuple.of(key.id(), tenant.value(), principal, tier, Buffer.buffer(key.secretHash()))
                        .addArrayOfString(texts(scopes)))
                .map(stored -> stored.rowCount() > 0);
    }

    /** Tells that a key changed, or, where that is null, anything of the tenant's credentials. */
    static Future<Void> changed(SqlClient sql, TenantId tenant, @Nullable String key) {
        return sql.preparedQuery(CHANGED).execute(Tuple.of(tenant.value(), key)).mapEmpty();
    }

    /** Until the end of the transaction nobody else writes credentials of the tenant. */
    static Future<Void> lock(SqlClient sql, TenantId tenant) {
        return sql.preparedQuery(LOCK)
                .execute(Tuple.of(Locks.CREDENTIALS, tenant.value()))
                .mapEmpty();
    }

    static Future<Void> audit(SqlClient sql, Audited act) {
        return sql.preparedQuery(AUDIT).execute(Tuple.tuple(act.parameters())).mapEmpty();
    }

    static String[] texts(Collection<Scope> scopes) {
        return scopes.stream().map(Scope::text).toArray(String[]::new);
    }

    /** The scopes of those texts; one that only a newer Weir knows is left out. */
    static EnumSet<Scope> scopes(String[] texts) {
        EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String text : texts) {
            Scope.of(text).ifPresent(scopes::add);
        }
        return scopes;
    }

    /** What a key may do: what its own scopes and those of its principal's roles both allow. */
    static Set<Scope> effective(Set<Scope> own, Set<Scope> held) {
        EnumSet<Scope> both = EnumSet.noneOf(Scope.class);
        both.addAll(Scope.closure(own));
        both.retainAll(Scope.closure(held));
        return both;
    }

    static Narrowing narrowing(Row row) {
        String[] types = row.getArrayOfStrings("event_types");
        String[] sources = row.getArrayOfStrings("sources");
        String system = row.getString("system");
        String[] customers = row.getArrayOfStrings("customers");
        return types == null && sources == null && system == null && customers == null
                ? Narrowing.NONE
                : new Narrowing(
                        types == null ? null : List.of(types),
                        sources == null ? null : List.of(sources),
                        system == null ? null : OwningSystem.of(system).orElseThrow(),
                        customers == null
                                ? null
                                : Arrays.stream(customers)
                                        .map(CustomerId::new)
                                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static Stored stored(Row row, String keyId) {
        Caller caller = new Caller(
                new TenantId(row.getString("tenant")),
                row.getString("organisation"),
                row.getString("principal"),
                keyId,
                effective(scopes(row.getArrayOfStrings("scopes")), scopes(row.getArrayOfStrings("held"))),
                AccessTierTable.tier(row, ""),
                row.getString("t_tier") == null ? Optional.empty() : Optional.of(AccessTierTable.tier(row, "t_")),
                row.getString("region"),
                Duration.ofSeconds(row.getLong("past_seconds")),
                Duration.ofSeconds(row.getLong("future_seconds")),
                narrowing(row));
        return new Stored(
                row.getBuffer("secret_sha256").getBytes(),
                Instants.of(row.getOffsetDateTime("expires_at")),
                Optional.of(caller));
    }
}
