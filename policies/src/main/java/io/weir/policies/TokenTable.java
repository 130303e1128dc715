package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Caller;
import io.weir.schemas.Instants;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** SQL of who the subjects of token issuers are. */
final class TokenTable {
    static final String FIND = """
            select t.tenant, t.organisation, t.region, t.past_seconds, t.future_seconds,
                   w.principal,
                   exists (select 1 from principal p where p.tenant = t.tenant and p.principal = w.principal) as stored,
                   array(select distinct s from principal_role h
                         join role r on r.tenant = h.tenant and r.role = h.role, unnest(r.scopes) s
                         where h.tenant = t.tenant and h.principal = w.principal) as held,
                   \
""" + Who.TIERS + """
            from tenant t
            join access_tier a on a.tenant = t.tenant and a.tier = $4
            left join access_tier o on o.tenant = t.tenant and o.of_tenant
            cross join lateral (select coalesce(
                (select s.principal from token_subject s
                 where s.tenant = t.tenant and s.issuer = $2 and s.subject = $3),
                $2 || '#' || $3) as principal) w
            where t.tenant = $1
            """;

    static final String GET = """
            select * from token_subject where tenant = $1 and name = $2
            """;

    static final String LOCK = """
            select * from token_subject where tenant = $1 and name = $2 for update
            """;

    static final String LIST = """
            select * from token_subject where tenant = $1 and name > $2 order by name limit $3
            """;

    static final String INSERT = """
            insert into token_subject (tenant, name, issuer, subject, principal) values ($1, $2, $3, $4, $5)
            returning revision
            """;

    static final String UPDATE = """
            update token_subject set issuer = $3, subject = $4, principal = $5, revision = revision + 1
            where tenant = $1 and name = $2
            returning revision
            """;

    static final String DELETE = """
            delete from token_subject where tenant = $1 and name = $2
            """;

    static final String CHANGED = "insert into change (tenant, kind) values ($1, 'CREDENTIAL')";

    /**
     * Whose token is asked about.
     *
     * @param tier the access tier that the issuer's tokens have
     */
    record Subject(TenantId tenant, String issuer, String subject, String tier) {
        /** What its calls are counted under: not the token, or a new one would be a new limit. */
        String credential() {
            return issuer + "#" + subject;
        }
    }

    /**
     * Who a subject is.
     *
     * @param caller with the scopes that its principal's roles hold
     * @param stored whether the principal is one that roles are given to; the scopes of any other are only its token's
     */
    record Holder(Caller caller, boolean stored) {
        /** The caller with a token of those scopes. */
        Caller with(Set<Scope> scopes) {
            return new Caller(
                    caller.tenant(),
                    caller.organisation(),
                    caller.principal(),
                    caller.credential(),
                    stored ? CredentialTable.effective(scopes, caller.scopes()) : Scope.closure(scopes),
                    caller.tier(),
                    caller.tenantTier(),
                    caller.region(),
                    caller.eventsPast(),
                    caller.eventsFuture(),
                    caller.narrowing());
        }
    }

    private TokenTable() {}

    /** Who the subject is. */
    static Future<Optional<Holder>> find(SqlClient sql, Subject of) {
        return sql.preparedQuery(FIND)
                .execute(Tuple.of(of.tenant().value(), of.issuer(), of.subject(), of.tier()))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(holder(rows.iterator().next(), of)));
    }

    private static Holder holder(Row row, Subject of) {
        Set<Scope> held = CredentialTable.scopes(row.getArrayOfStrings("held"));
        return new Holder(Who.caller(row, row.getString("principal"), of.credential(), held), row.getBoolean("stored"));
    }

    static Future<Optional<TokenSubject>> get(SqlClient sql, String statement, TenantId tenant, String name) {
        return sql.preparedQuery(statement)
                .execute(Tuple.of(tenant.value(), name))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(subject(rows.iterator().next())));
    }

    static Future<List<TokenSubject>> list(SqlClient sql, TenantId tenant, String after, int limit) {
        return sql.preparedQuery(LIST)
                .execute(Tuple.of(tenant.value(), after, limit))
                .map(rows -> {
                    List<TokenSubject> found = new ArrayList<>();
                    rows.forEach(row -> found.add(subject(row)));
                    return found;
                });
    }

    static Future<Long> write(SqlClient sql, String statement, TenantId tenant, TokenSubject content) {
        return sql.preparedQuery(statement)
                .execute(Tuple.of(
                        tenant.value(), content.name(), content.issuer(), content.subject(), content.principal()))
                .map(rows -> rows.iterator().next().getLong("revision"));
    }

    static Future<Void> delete(SqlClient sql, TenantId tenant, String name) {
        return sql.preparedQuery(DELETE).execute(Tuple.of(tenant.value(), name)).mapEmpty();
    }

    /** Tells every node that a credential of the tenant changed. */
    static Future<Void> changed(SqlClient sql, TenantId tenant) {
        return sql.preparedQuery(CHANGED).execute(Tuple.of(tenant.value())).mapEmpty();
    }

    private static TokenSubject subject(Row row) {
        return new TokenSubject(
                row.getString("name"),
                row.getString("issuer"),
                row.getString("subject"),
                row.getString("principal"),
                Instants.of(row.getOffsetDateTime("created_at")),
                row.getLong("revision"));
    }
}
