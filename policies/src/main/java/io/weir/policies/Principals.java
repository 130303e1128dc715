package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Caller;
import io.weir.schemas.Commands;
import io.weir.schemas.Cursor;
import io.weir.schemas.FieldError;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who stands behind keys: principals, and the roles that they hold. A key passes where its own scopes and those of its
 * principal's roles both allow it, so a change of a role or a principal changes what every key of theirs may do.
 *
 * <p>Roles may exclude each other in pairs; no write leaves a principal with both, and none takes {@code admin} from the last
 * principal who holds it. Writes of a tenant come one after the other.
 */
public final class Principals {
    private final Pool pool;
    private final ApiKeys keys;

    public Principals(Pool pool, ApiKeys keys) {
        this.pool = pool;
        this.keys = keys;
    }

    /**
     * A role as the API takes it.
     *
     * @param excludes roles that nobody may hold together with this one; null leaves the pairs as they are
     */
    public record Role(List<String> scopes, @Nullable List<String> excludes) {}

    /** A role as the API gives it. */
    public record StoredRole(String id, List<String> scopes, List<String> excludes) {}

    /**
     * A principal as the API takes it.
     *
     * @param kind person or service; null: service
     * @param name what people call it; null: its id
     */
    public record Principal(@Nullable String kind, @Nullable String name, List<String> roles) {}

    /**
     * A principal as the API gives it.
     *
     * @param scopes what its roles hold together
     */
    public record StoredPrincipal(String id, String kind, String name, List<String> roles, List<String> scopes) {}

    /** Stores a role, in place of the one of that name. */
    public Future<Commands.Stored> put(Caller by, Actor actor, String role, Role content) {
        List<FieldError> beyond = beyond(by, content.scopes());
        if (!beyond.isEmpty()) {
            return refused(new Refusal.Invalid(beyond));
        }
        List<String> excludes = content.excludes();
        if (excludes != null && excludes.contains(role)) {
            return refused(Refusal.Invalid.at("/excludes", "a role cannot exclude itself"));
        }
        TenantId tenant = by.tenant();
        return write(
                new Written(tenant, actor, role, Act.ROLE_CREATED, Act.ROLE_CHANGED),
                sql -> PrincipalTable.roles(sql, tenant, role, null, 1),
                sql -> known(sql, tenant, excludes == null ? List.of() : excludes, "/excludes")
                        .compose(known -> PrincipalTable.putRole(sql, tenant, role, content.scopes()))
                        .compose(put -> excludes == null
                                ? Future.succeededFuture()
                                : PrincipalTable.exclude(sql, tenant, role, excludes)));
    }

    /** Stores a principal, in place of the one of that name. */
    public Future<Commands.Stored> put(Caller by, Actor actor, String principal, Principal content) {
        TenantId tenant = by.tenant();
        return write(
                new Written(tenant, actor, principal, Act.PRINCIPAL_CREATED, Act.PRINCIPAL_CHANGED),
                sql -> PrincipalTable.principals(sql, tenant, principal, null, 1),
                sql -> known(sql, tenant, content.roles(), "/roles")
                        .compose(known -> PrincipalTable.putPrincipal(
                                sql,
                                tenant,
                                principal,
                                content.kind() == null ? "service" : content.kind(),
                                content.name() == null ? principal : content.name()))
                        .compose(put -> PrincipalTable.hold(sql, tenant, principal, content.roles())));
    }

    /** What is written, for the audit trail: by whom, and which act it is. */
    private record Written(TenantId tenant, Actor actor, String id, Act created, Act changed) {}

    /**
     * One write of a tenant's at a time; it stands only if nobody holds roles that exclude each other after it, and is told and
     * audited only if it changed something.
     */
    private <T> Future<Commands.Stored> write(
            Written what, Function<SqlClient, Future<List<T>>> read, Function<SqlClient, Future<Void>> write) {
        TenantId tenant = what.tenant();
        return pool.withTransaction(sql -> CredentialTable.lock(sql, tenant)
                        .compose(locked -> PrincipalTable.admins(sql, tenant))
                        .compose(admins -> read.apply(sql)
                                .compose(before -> write.apply(sql)
                                        .compose(done -> separate(sql, tenant))
                                        .compose(fine -> administered(sql, tenant, admins))
                                        .compose(fine -> read.apply(sql))
                                        .compose(after -> told(sql, what, before, after))
                                        .map(done -> new Commands.Stored(0, before.isEmpty())))))
                .onSuccess(stored -> keys.forget(tenant, null));
    }

    private static <T> Future<Void> told(SqlClient sql, Written what, List<T> before, List<T> after) {
        if (before.equals(after)) {
            return Future.succeededFuture();
        }
        Audited act = Audited.of(
                what.tenant(),
                what.actor(),
                before.isEmpty() ? what.created() : what.changed(),
                what.id(),
                before.isEmpty() ? null : before.getFirst(),
                after.getFirst());
        return CredentialTable.changed(sql, what.tenant(), null).compose(done -> CredentialTable.audit(sql, act));
    }

    /** Refuses where somebody would hold roles that exclude each other. */
    static Future<Void> separate(SqlClient sql, TenantId tenant) {
        return PrincipalTable.violation(sql, tenant)
                .compose(found -> found.isEmpty()
                        ? Future.succeededFuture()
                        : refused(new Refusal.Conflict("excluded-roles", found.get())));
    }

    /** Refuses where nobody could give rights any more; {@code before} is how many could. */
    private static Future<Void> administered(SqlClient sql, TenantId tenant, long before) {
        return PrincipalTable.admins(sql, tenant)
                .compose(now -> before == 0 || now > 0
                        ? Future.succeededFuture()
                        : refused(new Refusal.Conflict(
                                "last-admin", "no principal of the tenant would hold the scope admin any more")));
    }

    /** Refuses roles that are not there. */
    static Future<Void> known(SqlClient sql, TenantId tenant, List<String> roles, String pointer) {
        return PrincipalTable.unknown(sql, tenant, roles).compose(unknown -> {
            List<FieldError> errors = unknown.stream()
                    .map(role -> new FieldError(pointer + "/" + roles.indexOf(role), "no role '" + role + "'"))
                    .toList();
            return errors.isEmpty() ? Future.succeededFuture() : refused(new Refusal.Invalid(errors));
        });
    }

    /** What is wrong with giving those scopes: nobody gives what it does not hold. */
    static List<FieldError> beyond(Caller by, List<String> scopes) {
        List<FieldError> errors = new ArrayList<>();
        for (int i = 0; i < scopes.size(); i++) {
            if (!Scope.of(scopes.get(i)).map(by::may).orElse(false)) {
                errors.add(new FieldError("/scopes/" + i, "cannot be given by a credential that does not hold it"));
            }
        }
        return errors;
    }

    /** The role of that name. */
    public Future<Optional<StoredRole>> role(TenantId tenant, String role) {
        return PrincipalTable.roles(pool, tenant, role, null, 1)
                .map(found -> found.stream().findFirst());
    }

    /** Roles by their name. */
    public Future<Page<StoredRole>> roles(TenantId tenant, int limit, @Nullable String cursor) {
        return PrincipalTable.roles(pool, tenant, null, Cursor.after(cursor), limit + 1)
                .map(found -> Page.upTo(found, limit, item -> Cursor.of(item.id())));
    }

    /** The principal of that name. */
    public Future<Optional<StoredPrincipal>> principal(TenantId tenant, String principal) {
        return PrincipalTable.principals(pool, tenant, principal, null, 1)
                .map(found -> found.stream().findFirst());
    }

    /** Principals by their name. */
    public Future<Page<StoredPrincipal>> principals(TenantId tenant, int limit, @Nullable String cursor) {
        return PrincipalTable.principals(pool, tenant, null, Cursor.after(cursor), limit + 1)
                .map(found -> Page.upTo(found, limit, item -> Cursor.of(item.id())));
    }

    private static <T> Future<T> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
