package io.weir.posting;

import io.vertx.sqlclient.Row;
import io.weir.posting.PostingViews.Attempt;
import io.weir.posting.PostingViews.Document;
import io.weir.posting.PostingViews.Item;
import io.weir.schemas.Decimals;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reading of postings for the front door. */
final class QueryTable {
    static final String LIST = """
            select posting, kind, connection, state, currency, total, lines, sha256, run, created_by, created_at
            from posting
            where tenant = $1 and ($2::text is null or state = $2)
              and ($3::timestamptz is null or (created_at, posting) < ($3, $4::text))
            order by created_at desc, posting desc
            limit $5
            """;

    static final String DOCUMENTS = """
            select posting, external_id, customer, subscription, document, state, reason, detail, total, lines, attempts,
                   posted_at
            from posting_document where posting = any ($1::text[]) order by external_id
            """;

    static final String ONE = """
            select posting, kind, connection, state, currency, total, lines, sha256, run, created_by, created_at,
                   correlation, decided_by, decided_at, comment, manifest
            from posting where tenant = $1 and posting = $2
            """;

    static final String ATTEMPTS = """
            select a.attempt, a.external_id, a.action, a.started_at, a.finished_at, a.outcome, a.http_status, a.code, a.detail
            from posting_attempt a join posting_document d on d.external_id = a.external_id
            where d.tenant = $1 and d.posting = $2 and a.attempt > $3
            order by a.attempt
            limit $4
            """;

    static final String EXISTS = "select from posting where tenant = $1 and posting = $2";

    private QueryTable() {}

    static Item item(Row row, List<Document> documents) {
        return new Item(
                row.getString("posting"),
                row.getString("kind"),
                connection(row),
                row.getString("state"),
                row.getString("currency"),
                Decimals.amount(row.getBigDecimal("total")),
                row.getInteger("lines"),
                row.getString("sha256"),
                row.getString("run"),
                row.getString("created_by"),
                row.getOffsetDateTime("created_at").toInstant(),
                documents);
    }

    static @Nullable String connection(Row row) {
        String connection = row.getString("connection");
        return connection.isEmpty() ? null : connection;
    }

    static Document document(Row row) {
        return new Document(
                row.getString("external_id"),
                row.getString("customer"),
                row.getString("subscription"),
                row.getString("document"),
                switch (row.getString("state")) {
                    case "claimed", "sent" -> "sending";
                    case String state -> state;
                },
                row.getString("reason"),
                row.getString("detail"),
                Decimals.amount(row.getBigDecimal("total")),
                row.getInteger("lines"),
                row.getInteger("attempts"),
                instant(row, "posted_at"));
    }

    static Attempt attempt(Row row) {
        return new Attempt(
                row.getLong("attempt"),
                row.getString("external_id"),
                row.getString("action"),
                row.getOffsetDateTime("started_at").toInstant(),
                instant(row, "finished_at"),
                row.getString("outcome"),
                row.getInteger("http_status"),
                row.getString("code"),
                row.getString("detail"));
    }

    static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.getOffsetDateTime(column);
        return at == null ? null : at.toInstant();
    }
}
