package io.weir.policies;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Caller;
import io.weir.schemas.Cursor;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Narrowing;
import io.weir.schemas.OwningSystem;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import io.weir.settings.AdmissionSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * API keys over their life: made, rotated, revoked, listed. The secret is in the answer that makes a key, and nowhere else.
 *
 * <p>Nobody gives more than they hold: neither scopes that the caller lacks, nor scopes that the roles of the key's principal do
 * not hold. What is written holds on this node before its answer, and on the others as soon as the change feed tells them.
 */
public final class IssuedKeys {
    private static final String SCOPES = "/scopes";

    private final Pool pool;
    private final ApiKeys keys;
    private final AdmissionSettings.Keys settings;
    private final InstantSource clock;

    public IssuedKeys(Pool pool, ApiKeys keys, AdmissionSettings.Keys settings, InstantSource clock) {
        this.pool = pool;
        this.keys = keys;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * What is asked for.
     *
     * @param principal who is behind it; null: a service of its own
     * @param kind of a principal that is made with it; null: none is made of the name in {@code principal}
     * @param roles of a principal that is made with it; null: one that holds the scopes
     * @param scopes null: all that its principal's roles hold
     * @param tier null: the tenant's default
     */
    public record Wanted(
            @Nullable String name,
            @Nullable String principal,
            @Nullable String kind,
            @Nullable List<String> roles,
            @Nullable List<String> scopes,
            @Nullable String tier,
            @Nullable Instant expiresAt,
            @Nullable List<String> eventTypes,
            @Nullable List<String> sources,
            @Nullable String system,
            @Nullable List<String> customers) {
        Narrowing narrowing() {
            return new Narrowing(
                    eventTypes,
                    sources,
                    system == null ? null : OwningSystem.of(system).orElseThrow(),
                    customers == null
                            ? null
                            : customers.stream().map(CustomerId::new).collect(Collectors.toUnmodifiableSet()));
        }
    }

    /**
     * How a key is to be rotated.
     *
     * @param overlap how long the old key goes on, as an ISO 8601 duration; null: the setting
     * @param expiresAt when the new one ends; null: after as long as the old one was made for
     */
    public record Rotation(
            @Nullable String overlap, @Nullable Instant expiresAt) {}

    /**
     * A key without its secret.
     *
     * @param effectiveScopes what its scopes and its principal's roles both allow
     * @param state active, expired or revoked
     */
    public record Key(
            String id,
            @Nullable String name,
            String principal,
            List<String> scopes,
            List<String> effectiveScopes,
            String tier,
            @Nullable List<String> eventTypes,
            @Nullable List<String> sources,
            @Nullable String system,
            @Nullable List<String> customers,
            String state,
            Instant createdAt,
            @Nullable String createdBy,
            @Nullable Instant expiresAt,
            @Nullable Instant revokedAt,
            @Nullable String rotatedFrom) {}

    /**
     * A key that was made just now.
     *
     * @param key its text, told this once
     */
    public record Made(String key, @JsonUnwrapped Key stored) {}

    /** Makes a key. */
    public Future<Made> create(Caller by, Actor actor, Wanted wanted) {
        Instant now = now();
        List<FieldError> errors = Principals.beyond(by, wanted.scopes() == null ? List.of() : wanted.scopes());
        if (wanted.expiresAt() != null && !wanted.expiresAt().isAfter(now)) {
            errors.add(new FieldError("/expiresAt", "must be in the future"));
        }
        if (!errors.isEmpty()) {
            return refused(new Refusal.Invalid(errors));
        }
        ApiKey key = ApiKey.create(settings.environment());
        TenantId tenant = by.tenant();
        return pool.withTransaction(sql -> CredentialTable.lock(sql, tenant)
                        .compose(locked -> tier(sql, tenant, wanted.tier()))
                        .compose(tier -> holder(sql, by, actor, wanted, key)
                                .compose(holder -> IssuedKeyTable.insert(
                                        sql,
                                        tenant,
                                        new IssuedKeyTable.Draft(
                                                key,
                                                holder.id(),
                                                tier,
                                                scopes(by, wanted, holder),
                                                wanted.name(),
                                                wanted.narrowing(),
                                                by.principal(),
                                                now,
                                                wanted.expiresAt(),
                                                null))))
                        .compose(done -> CredentialTable.changed(sql, tenant, key.id()))
                        .compose(done -> made(sql, tenant, key, now))
                        .compose(made -> audited(sql, tenant, actor, Act.KEY_CREATED, key.id(), null, made.stored())
                                .map(made)))
                .onSuccess(made -> keys.forget(tenant, key.id()));
    }

    private static Future<String> tier(SqlClient sql, TenantId tenant, @Nullable String wanted) {
        return IssuedKeyTable.tier(sql, tenant, wanted)
                .compose(found -> found.map(Future::succeededFuture)
                        .orElseGet(() -> refused(Refusal.Invalid.at(
                                "/tier",
                                wanted == null
                                        ? "must be given: the tenant has no default tier"
                                        : "no access tier '" + wanted + "'"))));
    }

    /** The principal that is asked for, or one that is made for the key. */
    private static Future<Principals.StoredPrincipal> holder(
            SqlClient sql, Caller by, Actor actor, Wanted wanted, ApiKey key) {
        String name = wanted.principal() != null ? wanted.principal() : wanted.name();
        String principal = name == null ? "key-" + key.id() : name;
        return PrincipalTable.principals(sql, by.tenant(), principal, null, 1).compose(found -> {
            if (found.isEmpty() && wanted.principal() != null && wanted.kind() == null) {
                return refused(Refusal.Invalid.at(
                        "/principal", "no principal '" + principal + "'; to make one with the key, say its kind"));
            }
            if (found.isEmpty()) {
                return makeHolder(sql, by.tenant(), actor, wanted, principal);
            }
            if (wanted.principal() == null) {
                return makeHolder(sql, by.tenant(), actor, wanted, principal + "-" + key.id());
            }
            return wanted.roles() == null
                    ? Future.succeededFuture(found.getFirst())
                    : refused(Refusal.Invalid.at(
                            "/roles", "the principal is there: its roles are changed at /v1/principals/" + principal));
        });
    }

    private static Future<Principals.StoredPrincipal> makeHolder(
            SqlClient sql, TenantId tenant, Actor actor, Wanted wanted, String principal) {
        List<String> roles = wanted.roles() == null ? List.of(principal) : wanted.roles();
        return ownRole(sql, tenant, actor, wanted, principal)
                .compose(done -> Principals.known(sql, tenant, roles, "/roles"))
                .compose(known -> PrincipalTable.putPrincipal(
                        sql,
                        tenant,
                        principal,
                        wanted.kind() == null ? "service" : wanted.kind(),
                        wanted.name() == null ? principal : wanted.name()))
                .compose(made -> PrincipalTable.hold(sql, tenant, principal, roles))
                .compose(held -> Principals.separate(sql, tenant))
                .compose(fine -> PrincipalTable.principals(sql, tenant, principal, null, 1))
                .map(List::getFirst)
                .compose(made -> audited(sql, tenant, actor, Act.PRINCIPAL_CREATED, principal, null, made)
                        .map(made));
    }

    /** A principal that is made without roles holds one of its own name, with the key's scopes, unless that is there. */
    private static Future<Void> ownRole(SqlClient sql, TenantId tenant, Actor actor, Wanted wanted, String principal) {
        if (wanted.roles() != null) {
            return Future.succeededFuture();
        }
        List<String> scopes = wanted.scopes();
        if (scopes == null) {
            return refused(Refusal.Invalid.at(SCOPES, "must be given for a principal that is not there yet, or roles"));
        }
        return PrincipalTable.unknown(sql, tenant, List.of(principal))
                .compose(unknown -> unknown.isEmpty()
                        ? Future.succeededFuture()
                        : PrincipalTable.putRole(sql, tenant, principal, distinct(scopes))
                                .compose(put -> audited(
                                        sql,
                                        tenant,
                                        actor,
                                        Act.ROLE_CREATED,
                                        principal,
                                        null,
                                        new Principals.StoredRole(principal, distinct(scopes), List.of()))));
    }

    /** The scopes of the key: what is wanted, which its principal's roles have to hold, or all that they hold. */
    private static List<String> scopes(Caller by, Wanted wanted, Principals.StoredPrincipal holder) {
        Set<Scope> held = Scope.closure(CredentialTable.scopes(holder.scopes().toArray(String[]::new)));
        List<String> scopes = wanted.scopes() == null ? holder.scopes() : wanted.scopes();
        List<FieldError> errors = new ArrayList<>(Principals.beyond(by, scopes));
        for (int i = 0; i < scopes.size(); i++) {
            if (!held.contains(Scope.of(scopes.get(i)).orElseThrow())) {
                errors.add(new FieldError(
                        SCOPES + "/" + i, "no role of the principal " + holder.id() + " holds " + scopes.get(i)));
            }
        }
        if (scopes.isEmpty()) {
            errors.add(new FieldError(SCOPES, "the principal " + holder.id() + " holds no scope"));
        }
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(errors));
        }
        return distinct(scopes);
    }

    private static List<String> distinct(List<String> scopes) {
        return List.copyOf(new LinkedHashSet<>(scopes));
    }

    /** Makes a key in place of another, which goes on for the overlap. */
    public Future<Made> rotate(Caller by, Actor actor, String old, Rotation rotation) {
        Instant now = now();
        Duration overlap = overlap(rotation.overlap());
        if (rotation.expiresAt() != null && !rotation.expiresAt().isAfter(now)) {
            return refused(Refusal.Invalid.at("/expiresAt", "must be in the future"));
        }
        ApiKey key = ApiKey.create(settings.environment());
        TenantId tenant = by.tenant();
        return pool.withTransaction(sql -> CredentialTable.lock(sql, tenant)
                        .compose(locked -> IssuedKeyTable.keys(sql, tenant, old, null, null, 1, now))
                        .compose(found -> found.isEmpty()
                                ? refused(new Refusal.NotFound("API key"))
                                : IssuedKeyTable.insert(
                                        sql, tenant, successor(by, active(found.getFirst()), rotation, key, now)))
                        .compose(done -> IssuedKeyTable.end(sql, tenant, old, now.plus(overlap)))
                        .compose(done -> CredentialTable.changed(sql, tenant, old))
                        .compose(done -> CredentialTable.changed(sql, tenant, key.id()))
                        .compose(done -> made(sql, tenant, key, now))
                        .compose(made -> audited(sql, tenant, actor, Act.KEY_ROTATED, old, null, made.stored())
                                .map(made)))
                .onSuccess(made -> {
                    keys.forget(tenant, old);
                    keys.forget(tenant, key.id());
                });
    }

    private static Key active(Key key) {
        if (!key.state().equals("active")) {
            throw new RefusedException(new Refusal.Conflict("key-state", "the key is " + key.state() + ", not active"));
        }
        return key;
    }

    private static IssuedKeyTable.Draft successor(Caller by, Key old, Rotation rotation, ApiKey key, Instant now) {
        Instant expires = old.expiresAt();
        Instant after = expires == null ? null : now.plus(Duration.between(old.createdAt(), expires));
        Wanted same = new Wanted(
                old.name(),
                old.principal(),
                null,
                null,
                old.scopes(),
                old.tier(),
                null,
                old.eventTypes(),
                old.sources(),
                old.system(),
                old.customers());
        return new IssuedKeyTable.Draft(
                key,
                old.principal(),
                old.tier(),
                old.scopes(),
                old.name(),
                same.narrowing(),
                by.principal(),
                now,
                rotation.expiresAt() == null ? after : rotation.expiresAt(),
                old.id());
    }

    private Duration overlap(@Nullable String text) {
        if (text == null) {
            return Duration.ofSeconds(settings.rotationOverlapSeconds());
        }
        try {
            Duration overlap = Duration.parse(text);
            if (!overlap.isNegative()
                    && overlap.compareTo(Duration.ofSeconds(settings.maxRotationOverlapSeconds())) <= 0) {
                return overlap;
            }
        } catch (DateTimeParseException e) {
            // Told below, together with a duration that is out of range.
        }
        throw new RefusedException(Refusal.Invalid.at(
                "/overlap",
                "must be an ISO 8601 duration, such as PT24H, of at most "
                        + Duration.ofSeconds(settings.maxRotationOverlapSeconds())));
    }

    private static Future<Made> made(SqlClient sql, TenantId tenant, ApiKey key, Instant now) {
        return IssuedKeyTable.keys(sql, tenant, key.id(), null, null, 1, now)
                .map(found -> new Made(key.text(), found.getFirst()));
    }

    /** Revokes a key, also one that was revoked before; refused where the tenant has none of that id. */
    public Future<Void> revoke(Caller by, Actor actor, String key) {
        TenantId tenant = by.tenant();
        Instant now = now();
        return pool.withTransaction(sql -> CredentialTable.lock(sql, tenant)
                        .compose(locked -> IssuedKeyTable.keys(sql, tenant, key, null, null, 1, now))
                        .compose(found -> found.isEmpty()
                                ? refused(new Refusal.NotFound("API key"))
                                : revoke(sql, tenant, actor, found.getFirst(), now)))
                .onSuccess(done -> keys.forget(tenant, key));
    }

    private static Future<Void> revoke(SqlClient sql, TenantId tenant, Actor actor, Key key, Instant now) {
        if (key.revokedAt() != null) {
            return Future.succeededFuture();
        }
        return IssuedKeyTable.revoke(sql, tenant, key.id(), now)
                .compose(done -> CredentialTable.changed(sql, tenant, key.id()))
                .compose(done -> audited(sql, tenant, actor, Act.KEY_REVOKED, key.id(), key, null));
    }

    private static Future<Void> audited(
            SqlClient sql,
            TenantId tenant,
            Actor actor,
            Act act,
            String object,
            @Nullable Object before,
            @Nullable Object after) {
        return CredentialTable.audit(sql, Audited.of(tenant, actor, act, object, before, after));
    }

    /** The key of that id. */
    public Future<Optional<Key>> get(TenantId tenant, String key) {
        return IssuedKeyTable.keys(pool, tenant, key, null, null, 1, now())
                .map(found -> found.stream().findFirst());
    }

    /** Keys by their id, of one principal or of all. */
    public Future<Page<Key>> list(TenantId tenant, @Nullable String principal, int limit, @Nullable String cursor) {
        return IssuedKeyTable.keys(pool, tenant, null, Cursor.after(cursor), principal, limit + 1, now())
                .map(found -> Page.upTo(found, limit, item -> Cursor.of(item.id())));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static <T> Future<T> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
