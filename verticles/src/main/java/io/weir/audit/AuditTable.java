package io.weir.audit;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import java.util.HexFormat;
import java.util.List;

/** The SQL that reads the audit trail; appending is the SQL function {@code audit_append}. */
final class AuditTable {
    static final String LIST = """
            select tenant, sequence, acted_at, principal, credential, act, kind, object, state_before, state_after,
                   correlation, previous_hash, hash
            from audit_entry
            where tenant = $1 and sequence < $2
              and ($3::text is null or object = $3) and ($4::text is null or principal = $4)
              and ($5::text is null or act = $5)
              and ($6::timestamptz is null or acted_at >= $6) and ($7::timestamptz is null or acted_at < $7)
            order by sequence desc
            limit $8
            """;

    static final String CHAIN = """
            select tenant, sequence, acted_at, principal, credential, act, kind, object, state_before, state_after,
                   correlation, previous_hash, hash
            from audit_entry
            where tenant = $1 and sequence > $2
            order by sequence
            limit $3
            """;

    static final String TENANTS = "select tenant from tenant order by tenant";

    static final String HEAD = "select sequence, hash from audit_head where tenant = $1";

    private AuditTable() {}

    /** Where a chain ends. */
    record Head(long sequence, String hash) {}

    /** Entries by a statement that selects all columns. */
    static Future<List<AuditEntry>> entries(SqlClient sql, String statement, Tuple parameters) {
        return sql.preparedQuery(statement)
                .execute(parameters)
                .map(rows -> rows.stream().map(AuditTable::entry).toList());
    }

    static Future<List<String>> tenants(SqlClient sql) {
        return sql.preparedQuery(TENANTS)
                .execute()
                .map(rows -> rows.stream().map(row -> row.getString(0)).toList());
    }

    /** The head that the chain says it has; at 0 where nothing was ever appended. */
    static Future<Head> head(SqlClient sql, String tenant) {
        return sql.preparedQuery(HEAD).execute(Tuple.of(tenant)).map(rows -> {
            for (Row row : rows) {
                return new Head(row.getLong("sequence"), hex(row, "hash"));
            }
            return new Head(0, AuditEntry.NO_HASH);
        });
    }

    private static AuditEntry entry(Row row) {
        return new AuditEntry(
                row.getString("tenant"),
                row.getLong("sequence"),
                Instants.of(row.getOffsetDateTime("acted_at")),
                row.getString("principal"),
                row.getString("credential"),
                row.getString("act"),
                row.getString("kind"),
                row.getString("object"),
                row.getString("state_before"),
                row.getString("state_after"),
                row.getString("correlation"),
                hex(row, "previous_hash"),
                hex(row, "hash"));
    }

    private static String hex(Row row, String column) {
        Buffer bytes = row.getBuffer(column);
        return HexFormat.of().formatHex(bytes.getBytes());
    }
}
