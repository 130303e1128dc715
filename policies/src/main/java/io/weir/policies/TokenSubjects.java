package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.Commands;
import io.weir.schemas.Cursor;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.util.List;
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
    public Future<Commands.Stored> put(TenantId tenant, TokenSubject content, @Nullable Long ifMatch) {
        return writing.withTransaction(sql -> TokenTable.get(sql, TokenTable.LOCK, tenant, content.name())
                        .compose(current -> store(sql, tenant, content, current.orElse(null), ifMatch)))
                .recover(failure -> Future.failedFuture(explained(failure)));
    }

    private static Future<Commands.Stored> store(
            SqlClient sql,
            TenantId tenant,
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
                .compose(revision ->
                        TokenTable.changed(sql, tenant).map(done -> new Commands.Stored(revision, current == null)));
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
    public Future<Boolean> delete(TenantId tenant, String name) {
        return writing.withTransaction(sql -> TokenTable.delete(sql, tenant, name)
                .compose(deleted ->
                        deleted ? TokenTable.changed(sql, tenant).map(true) : Future.succeededFuture(false)));
    }

    /** One by its name. */
    public Future<Optional<TokenSubject>> get(TenantId tenant, String name) {
        return TokenTable.get(reading, TokenTable.GET, tenant, name);
    }

    /** All of a tenant, by name. */
    public Future<Page<TokenSubject>> list(TenantId tenant, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 1);
        return TokenTable.list(
                        reading, tenant, after == null ? "" : after.parts().getFirst(), limit + 1)
                .map(found -> {
                    List<TokenSubject> items = found.subList(0, Math.min(limit, found.size()));
                    return new Page<>(
                            items,
                            found.size() > limit
                                    ? Cursor.of(items.getLast().name()).text()
                                    : null);
                });
    }
}
