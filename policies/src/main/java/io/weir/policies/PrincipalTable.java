package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of principals, roles, and the pairs of roles that exclude each other. */
final class PrincipalTable {
    static final String PUT_ROLE = """
            insert into role (tenant, role, scopes) values ($1, $2, $3)
            on conflict (tenant, role) do update set scopes = excluded.scopes
            """;

    static final String UNKNOWN_ROLES = """
            select u.role from unnest($2::text[]) u (role)
            where not exists (select from role r where r.tenant = $1 and r.role = u.role)
            """;

    static final String CLEAR_EXCLUSIONS = "delete from role_exclusion where tenant = $1 and (role = $2 or other = $2)";

    static final String EXCLUDE = """
            insert into role_exclusion (tenant, role, other)
            select $1::text, least($2::text, u.role), greatest($2::text, u.role)
            from unnest($3::text[]) u (role)
            on conflict do nothing
            """;

    /** A principal who holds both roles of a pair, where there is one. */
    static final String VIOLATION = """
            select a.principal, x.role, x.other
            from role_exclusion x
            join principal_role a on a.tenant = x.tenant and a.role = x.role
            join principal_role b on b.tenant = x.tenant and b.role = x.other and b.principal = a.principal
            where x.tenant = $1
            order by a.principal
            limit 1
            """;

    /** How many principals hold a role that administers. */
    static final String ADMINS = """
            select count(distinct h.principal)
            from principal_role h
            join role r on r.tenant = h.tenant and r.role = h.role
            where h.tenant = $1 and 'admin' = any (r.scopes)
            """;

    static final String ROLES = """
            select r.role, r.scopes,
                   array(select case when x.role = r.role then x.other else x.role end from role_exclusion x
                         where x.tenant = r.tenant and (x.role = r.role or x.other = r.role) order by 1) as excludes
            from role r
            where r.tenant = $1 and ($2::text is null or r.role = $2) and ($3::text is null or r.role > $3)
            order by r.role
            limit $4
            """;

    static final String PUT_PRINCIPAL = """
            insert into principal (tenant, principal, kind, name) values ($1, $2, $3, $4)
            on conflict (tenant, principal) do update set kind = excluded.kind, name = excluded.name
            """;

    static final String DROP_ROLES =
            "delete from principal_role where tenant = $1 and principal = $2 and role <> all ($3::text[])";

    static final String GIVE_ROLES = """
            insert into principal_role (tenant, principal, role) select $1::text, $2::text, unnest($3::text[])
            on conflict do nothing
            """;

    static final String PRINCIPALS = """
            select p.principal, p.kind, p.name,
                   array(select h.role from principal_role h
                         where h.tenant = p.tenant and h.principal = p.principal order by 1) as roles,
                   array(select distinct s from principal_role h
                         join role r on r.tenant = h.tenant and r.role = h.role, unnest(r.scopes) s
                         where h.tenant = p.tenant and h.principal = p.principal order by 1) as scopes
            from principal p
            where p.tenant = $1 and ($2::text is null or p.principal = $2) and ($3::text is null or p.principal > $3)
            order by p.principal
            limit $4
            """;

    private PrincipalTable() {}

    static Future<Void> putRole(SqlClient sql, TenantId tenant, String role, List<String> scopes) {
        return sql.preparedQuery(PUT_ROLE)
                .execute(Tuple.of(tenant.value(), role).addArrayOfString(scopes.toArray(String[]::new)))
                .mapEmpty();
    }

    /** Which of those roles are not there. */
    static Future<List<String>> unknown(SqlClient sql, TenantId tenant, List<String> roles) {
        return sql.preparedQuery(UNKNOWN_ROLES)
                .execute(Tuple.of(tenant.value()).addArrayOfString(roles.toArray(String[]::new)))
                .map(rows -> rows.stream().map(row -> row.getString(0)).toList());
    }

    /** Makes those the roles that the role excludes, and no others. */
    static Future<Void> exclude(SqlClient sql, TenantId tenant, String role, List<String> others) {
        return sql.preparedQuery(CLEAR_EXCLUSIONS)
                .execute(Tuple.of(tenant.value(), role))
                .compose(cleared -> sql.preparedQuery(EXCLUDE)
                        .execute(Tuple.of(tenant.value(), role).addArrayOfString(others.toArray(String[]::new))))
                .mapEmpty();
    }

    static Future<Long> admins(SqlClient sql, TenantId tenant) {
        return sql.preparedQuery(ADMINS)
                .execute(Tuple.of(tenant.value()))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Who holds two roles that exclude each other, in words; empty where nobody does. */
    static Future<Optional<String>> violation(SqlClient sql, TenantId tenant) {
        return sql.preparedQuery(VIOLATION)
                .execute(Tuple.of(tenant.value()))
                .map(rows -> rows.stream()
                        .findFirst()
                        .map(row -> "principal " + row.getString("principal") + " would hold the roles "
                                + row.getString("role") + " and " + row.getString("other")
                                + ", which exclude each other"));
    }

    static Future<List<Principals.StoredRole>> roles(
            SqlClient sql, TenantId tenant, @Nullable String one, @Nullable String after, int limit) {
        return sql.preparedQuery(ROLES)
                .execute(Tuple.of(tenant.value(), one, after, (long) limit))
                .map(rows -> {
                    List<Principals.StoredRole> roles = new ArrayList<>();
                    for (Row row : rows) {
                        roles.add(new Principals.StoredRole(
                                row.getString("role"),
                                List.of(row.getArrayOfStrings("scopes")),
                                List.of(row.getArrayOfStrings("excludes"))));
                    }
                    return roles;
                });
    }

    static Future<Void> putPrincipal(SqlClient sql, TenantId tenant, String principal, String kind, String name) {
        return sql.preparedQuery(PUT_PRINCIPAL)
                .execute(Tuple.of(tenant.value(), principal, kind, name))
                .mapEmpty();
    }

    /** Makes those the principal's roles, and no others. */
    static Future<Void> hold(SqlClient sql, TenantId tenant, String principal, List<String> roles) {
        Tuple given = Tuple.of(tenant.value(), principal).addArrayOfString(roles.toArray(String[]::new));
        return sql.preparedQuery(DROP_ROLES)
                .execute(given)
                .compose(dropped -> sql.preparedQuery(GIVE_ROLES).execute(given))
                .mapEmpty();
    }

    static Future<List<Principals.StoredPrincipal>> principals(
            SqlClient sql, TenantId tenant, @Nullable String one, @Nullable String after, int limit) {
        return sql.preparedQuery(PRINCIPALS)
                .execute(Tuple.of(tenant.value(), one, after, (long) limit))
                .map(rows -> {
                    List<Principals.StoredPrincipal> principals = new ArrayList<>();
                    for (Row row : rows) {
                        principals.add(new Principals.StoredPrincipal(
                                row.getString("principal"),
                                row.getString("kind"),
                                row.getString("name"),
                                List.of(row.getArrayOfStrings("roles")),
                                List.of(row.getArrayOfStrings("scopes"))));
                    }
                    return principals;
                });
    }
}
