package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands;
import io.weir.schemas.Cursor;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which principals the subjects of token issuers are; each change is told to every node. */
public final class TokenSubjects {
    private static final String UNIQUE = "23505";
    private static final String FOREIGN = "23503";

    private final Pool writing;
    private final Pool reading;

    public TokenSubjects(Pool writing, Pool reading) {
        this.writing = writing;
        this.reading = reading;
    }

    /** Stores who a subject is; a new revision unless nothing differs. */
    public Future<Commands.Stored> put(TenantId tenant, Actor actor, TokenSubject content, @Nullable Long ifMatch) {
        return writing.withTransaction(sql -> TokenTable.get(sql, TokenTable.LOCK, tenant, content.name())
                        .compose(current -> store(sql, tenant, actor, content, current.orElse(null), ifMatch)))
                .recover(failure -> Future.failedFuture(explained(failure)));
    }

    private static Future<Commands.Stored> store(
            SqlClient sql,
            TenantId tenant,
            Actor actor,
            TokenSubject content,
            @Nullable TokenSubject current,
            @Nullable Long ifMatch) {
        if (ifMatch != null && (current == null || current.revision() != ifMatch)) {
            String known = current == null ? "none" : Long.toString(current.revision());
            throw new RefusedException(new Refusal.PreconditionFailed(known));
        }
        if (current != null && content.says(current)) {
            return Future.succeededFuture(new Commands.Stored(current.revision(), false));
        }
        return TokenTable.write(sql, current == null ? TokenTable.INSERT : TokenTable.UPDATE, tenant, content)
                .compose(revision -> TokenTable.get(sql, TokenTable.GET, tenant, content.name())
                        .compose(after -> told(
                                sql,
                                Audited.of(
                                        tenant,
                                        actor,
                                        current == null ? Act.SUBJECT_CREATED : Act.SUBJECT_CHANGED,
                                        content.name(),
                                        current,
                                        after.orElseThrow())))
                        .map(done -> new Commands.Stored(revision, current == null)));
    }

    /** Tells every node and the audit trail. */
    private static Future<Void> told(SqlClient sql, Audited act) {
        return TokenTable.changed(sql, act.tenant()).compose(done -> CredentialTable.audit(sql, act));
    }

    private static Throwable explained(Throwable failure) {
        if (failure instanceof PgException pg && UNIQUE.equals(pg.getSqlState())) {
            return new RefusedException(
                    new Refusal.Conflict("subject-taken", "this subject is stored already under another name"));
        }
        if (failure instanceof PgException pg && FOREIGN.equals(pg.getSqlState())) {
            return new RefusedException(Refusal.Invalid.at("/principal", "no such principal"));
        }
        return failure;
    }

    /** Forgets who a subject is; false where it was not known. */
    public Future<Boolean> delete(TenantId tenant, Actor actor, String name) {
        return writing.withTransaction(sql -> TokenTable.get(sql, TokenTable.LOCK, tenant, name)
                .compose(before -> before.isEmpty()
                        ? Future.succeededFuture(false)
                        : TokenTable.delete(sql, tenant, name)
                                .compose(done -> told(
                                        sql, Audited.of(tenant, actor, Act.SUBJECT_DELETED, name, before.get(), null)))
                                .map(true)));
    }

    /** One by its name. */
    public Future<Optional<TokenSubject>> get(TenantId tenant, String name) {
        return TokenTable.get(reading, TokenTable.GET, tenant, name);
    }

    /** All of a tenant, by name. */
    public Future<Page<TokenSubject>> list(TenantId tenant, int limit, @Nullable String cursor) {
        String after = Cursor.after(cursor);
        return TokenTable.list(reading, tenant, after == null ? "" : after, limit + 1)
                .map(found -> Page.upTo(found, limit, item -> Cursor.of(item.name())));
    }
}
