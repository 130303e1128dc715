package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Caller;
import io.weir.schemas.Commands;
import io.weir.schemas.Cursor;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.settings.AdmissionSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Client certificates: who shows one, and which ones pass. Its chain was checked in the handshake; here it is looked up which
 * caller it is, and its time is checked with every call, since a connection may outlive its certificate.
 */
public final class ClientCertificates {
    private static final String UNIQUE = "23505";
    private static final String FOREIGN = "23503";

    private final Pool pool;
    private final Pool reading;
    private final InstantSource clock;
    private final Remembered<ShownCertificate, CertificateTable.Holder> holders;

    /**
     * Certificates over Postgres.
     *
     * @param pool for those who call, and for what is stored
     * @param reading for what is asked for to be looked at
     */
    public ClientCertificates(Pool pool, Pool reading, AdmissionSettings.Keys settings, InstantSource clock) {
        this.pool = pool;
        this.reading = reading;
        this.clock = clock;
        this.holders = new Remembered<>(settings, shown -> CertificateTable.find(pool, shown));
    }

    /** Begins to follow the change feed. */
    public void follow(EventBus bus) {
        holders.follow(bus);
    }

    /** Who shows the certificate; refused where it is unknown, revoked, or not good now. */
    Future<Caller> caller(ShownCertificate shown) {
        Instant now = clock.instant();
        if (now.isBefore(shown.notBefore()) || !now.isBefore(shown.notAfter())) {
            return refused("the client certificate is not valid now");
        }
        Future<Optional<CertificateTable.Holder>> holder = holders.get(shown);
        return holder.succeeded() ? admit(holder.result(), now) : holder.compose(found -> admit(found, now));
    }

    private static Future<Caller> admit(Optional<CertificateTable.Holder> found, Instant now) {
        if (found.isEmpty()) {
            return refused("the client certificate is not known");
        }
        CertificateTable.Holder holder = found.get();
        if (holder.revoked()) {
            return refused("the client certificate was revoked");
        }
        if (!holder.passes(now)) {
            return refused("the client certificate does not pass at this time");
        }
        return Future.succeededFuture(holder.caller());
    }

    private static Future<Caller> refused(String detail) {
        return Future.failedFuture(new RefusedException(new Refusal.Unauthenticated(detail)));
    }

    /** Stores what a certificate is; a new revision unless nothing differs. */
    public Future<Commands.Stored> put(
            TenantId tenant, Actor actor, ClientCertificate content, @Nullable Long ifMatch) {
        return pool.withTransaction(sql -> CertificateTable.get(sql, CertificateTable.LOCK, tenant, content.name())
                        .compose(current -> store(sql, tenant, actor, content, current.orElse(null), ifMatch)))
                .recover(failure -> Future.failedFuture(explained(failure)));
    }

    private static Future<Commands.Stored> store(
            SqlClient sql,
            TenantId tenant,
            Actor actor,
            ClientCertificate content,
            @Nullable ClientCertificate current,
            @Nullable Long ifMatch) {
        if (ifMatch != null && (current == null || current.revision() != ifMatch)) {
            String known = current == null ? "none" : Long.toString(current.revision());
            throw new RefusedException(new Refusal.PreconditionFailed(known));
        }
        if (current != null && current.revokedAt() != null) {
            throw new RefusedException(new Refusal.Conflict(
                    "certificate-revoked", "it was revoked for good; store the new one under another name"));
        }
        if (current != null && content.says(current)) {
            return Future.succeededFuture(new Commands.Stored(current.revision(), false));
        }
        String statement = current == null ? CertificateTable.INSERT : CertificateTable.UPDATE;
        return CertificateTable.write(sql, statement, tenant, content)
                .compose(revision -> told(
                                sql,
                                tenant,
                                actor,
                                current == null ? Act.CERTIFICATE_CREATED : Act.CERTIFICATE_CHANGED,
                                content.name(),
                                current)
                        .map(done -> new Commands.Stored(revision, current == null)));
    }

    /** Tells every node and the audit trail. */
    private static Future<Void> told(
            SqlClient sql, TenantId tenant, Actor actor, Act act, String name, @Nullable ClientCertificate before) {
        return TokenTable.changed(sql, tenant)
                .compose(done -> CertificateTable.get(sql, CertificateTable.GET, tenant, name))
                .compose(after ->
                        CredentialTable.audit(sql, Audited.of(tenant, actor, act, name, before, after.orElseThrow())));
    }

    private static Throwable explained(Throwable failure) {
        if (!(failure instanceof PgException pg)) {
            return failure;
        }
        if (UNIQUE.equals(pg.getSqlState())) {
            return new RefusedException(new Refusal.Conflict(
                    "certificate-taken",
                    "this certificate is stored already, under another name or for another tenant"));
        }
        if (FOREIGN.equals(pg.getSqlState())) {
            String what = Objects.equals(pg.getConstraint(), "client_certificate_tier") ? "tier" : "principal";
            return new RefusedException(Refusal.Invalid.at("/" + what, "no such " + what));
        }
        return failure;
    }

    /** Revokes one for good; false where there is none. One that was revoked before stays as it is. */
    public Future<Boolean> revoke(TenantId tenant, Actor actor, String name) {
        return pool.withTransaction(sql -> CertificateTable.get(sql, CertificateTable.LOCK, tenant, name)
                .compose(before -> before.isEmpty() || before.get().revokedAt() != null
                        ? Future.succeededFuture(before.isPresent())
                        : CertificateTable.revoke(sql, tenant, name)
                                .compose(done -> told(sql, tenant, actor, Act.CERTIFICATE_REVOKED, name, before.get()))
                                .map(true)));
    }

    /** One by its name, revoked or not. */
    public Future<Optional<ClientCertificate>> get(TenantId tenant, String name) {
        return CertificateTable.get(reading, CertificateTable.GET, tenant, name);
    }

    /** All of a tenant, by name. */
    public Future<Page<ClientCertificate>> list(TenantId tenant, int limit, @Nullable String cursor) {
        String after = Cursor.after(cursor);
        return CertificateTable.list(reading, tenant, after == null ? "" : after, limit + 1)
                .map(found -> Page.upTo(found, limit, item -> Cursor.of(item.name())));
    }
}
