package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The SQL of commands with an Idempotency-Key. */
final class IdempotencyTable {
    /** Takes a key that is free, past its keeping, or whose claim ran out without an answer. */
    static final String CLAIM = """
            insert into idempotency (tenant, principal, key, digest, node, claimed_at, claimed_until)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (tenant, principal, key) do update set
                fence = idempotency.fence + 1, digest = excluded.digest, node = excluded.node,
                claimed_at = excluded.claimed_at, claimed_until = excluded.claimed_until,
                status = null, header_names = null, header_values = null, content_type = null, body = null
            where idempotency.claimed_at < $8
               or (idempotency.status is null and idempotency.claimed_until < $6
                   and idempotency.digest = excluded.digest)
            returning fence
            """;

    static final String FIND = """
            select digest, claimed_until, status, header_names, header_values, content_type, body
            from idempotency where tenant = $1 and principal = $2 and key = $3
            """;

    static final String FINISH = """
            update idempotency
            set status = $5, header_names = $6, header_values = $7, content_type = $8, body = $9
            where tenant = $1 and principal = $2 and key = $3 and fence = $4 and status is null
            """;

    static final String RELEASE = """
            delete from idempotency
            where tenant = $1 and principal = $2 and key = $3 and fence = $4 and status is null
            """;

    static final String ABANDON =
            "update idempotency set claimed_until = $2 where node = $1 and status is null and claimed_until > $2";

    static final String FORGET = """
            delete from idempotency
            where ctid in (select ctid from idempotency where claimed_at < $1 limit $2)
            """;

    /** A key as it stands. */
    record Standing(Buffer digest, Instant claimedUntil, Idempotency.@Nullable Kept answer) {}

    private IdempotencyTable() {}

    /** The fence of the claim; empty where the key is somebody else's or has its answer. */
    static Future<Optional<Long>> claim(
            SqlClient sql, Idempotency.Key key, String node, Instant now, Instant until, Instant keptSince) {
        Tuple given = Tuple.of(key.tenant(), key.principal(), key.key(), key.digest(), node);
        given.addValue(Instants.utc(now)).addValue(Instants.utc(until)).addValue(Instants.utc(keptSince));
        return sql.preparedQuery(CLAIM).execute(given).map(rows -> {
            for (Row row : rows) {
                return Optional.of(row.getLong(0));
            }
            return Optional.empty();
        });
    }

    static Future<Optional<Standing>> find(SqlClient sql, Idempotency.Key key) {
        return sql.preparedQuery(FIND)
                .execute(Tuple.of(key.tenant(), key.principal(), key.key()))
                .map(rows -> {
                    for (Row row : rows) {
                        return Optional.of(standing(row));
                    }
                    return Optional.empty();
                });
    }

    /** Keeps the answer; nothing is changed where the claim was taken over. */
    static Future<Void> finish(SqlClient sql, Idempotency.Key key, long fence, Idempotency.Kept answer) {
        Tuple given = Tuple.of(key.tenant(), key.principal(), key.key(), fence, answer.status());
        given.addArrayOfString(answer.headerNames())
                .addArrayOfString(answer.headerValues())
                .addString(answer.contentType())
                .addValue(answer.body());
        return sql.preparedQuery(FINISH).execute(given).mapEmpty();
    }

    static Future<Void> release(SqlClient sql, Idempotency.Key key, long fence) {
        return sql.preparedQuery(RELEASE)
                .execute(Tuple.of(key.tenant(), key.principal(), key.key(), fence))
                .mapEmpty();
    }

    /** Ends the claims that the node held before it was started again. */
    static Future<Integer> abandon(SqlClient sql, String node, Instant now) {
        return sql.preparedQuery(ABANDON)
                .execute(Tuple.of(node, Instants.utc(now)))
                .map(rows -> rows.rowCount());
    }

    static Future<Integer> forget(SqlClient sql, Instant before, int most) {
        return sql.preparedQuery(FORGET)
                .execute(Tuple.of(Instants.utc(before), (long) most))
                .map(rows -> rows.rowCount());
    }

    private static Standing standing(Row row) {
        Integer status = row.getInteger("status");
        Idempotency.Kept answer = status == null
                ? null
                : new Idempotency.Kept(
                        status,
                        row.getArrayOfStrings("header_names"),
                        row.getArrayOfStrings("header_values"),
                        row.getString("content_type"),
                        row.getBuffer("body"));
        return new Standing(row.getBuffer("digest"), Instants.of(row.getOffsetDateTime("claimed_until")), answer);
    }
}
