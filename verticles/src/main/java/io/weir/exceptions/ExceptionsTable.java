package io.weir.exceptions;

import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/** The SQL of exceptions, and how its rows are read. */
final class ExceptionsTable {
    static final String LIST = """
            select x.*
            from (
                select 'L-' || e.exception as id, e.reason, e.state, e.opened_at, e.detail, e.source, e.id as event_id,
                       e.event_type, e.subject, null::text as customer, null::text as posting,
                       null::text as external_id, e.attempts, e.correlation
                from ledger_exception e
                where e.tenant = $1 and e.state = $2 and ($3::text is null or e.reason = $3)
                union all
                select 'P-' || d.external_id, coalesce(d.reason, 'held'), 'open', coalesce(a.finished_at, p.created_at),
                       coalesce(d.detail, ''), null, null, null, null, d.customer, d.posting, d.external_id, d.attempts,
                       p.correlation
                from posting_document d
                join posting p on p.posting = d.posting
                left join lateral (select max(finished_at) as finished_at from posting_attempt t
                                   where t.external_id = d.external_id) a on true
                where d.tenant = $1 and d.state = 'held' and $2 = 'open'
                  and ($3::text is null or coalesce(d.reason, 'held') = $3)) x
            where $4::timestamptz is null or (x.opened_at, x.id collate "C") < ($4, $5::text collate "C")
            order by x.opened_at desc, x.id collate "C" desc
            limit $6
            """;

    static final String LEDGER_EXCEPTION = """
            select 'L-' || e.exception as id, e.reason, e.state, e.opened_at, e.detail, e.source, e.id as event_id,
                   e.event_type, e.subject, n.customer, null::text as posting, null::text as external_id, e.attempts,
                   e.correlation, e.resolved_at, e.resolution, e.payload
            from ledger_exception e
            left join event_id i on i.event_key = e.event_key
            left join entry n on n.event_key = i.event_key and n.recorded_at = i.recorded_at
            where e.tenant = $1 and e.exception = $2
            """;

    static final String HELD_DOCUMENT = """
            select 'P-' || d.external_id as id, coalesce(d.reason, 'held') as reason, 'open' as state,
                   coalesce(a.finished_at, p.created_at) as opened_at, coalesce(d.detail, '') as detail,
                   null::text as source, null::text as event_id, null::text as event_type, null::text as subject,
                   d.customer, d.posting, d.external_id, d.attempts, p.correlation, null::timestamptz as resolved_at,
                   null::text as resolution, convert_to(p.manifest, 'UTF8') as payload
            from posting_document d
            join posting p on p.posting = d.posting
            left join lateral (select max(finished_at) as finished_at from posting_attempt t
                               where t.external_id = d.external_id) a on true
            where d.tenant = $1 and d.external_id = $2 and d.state = 'held'
            """;

    private ExceptionsTable() {}

    static ExceptionItem item(Row row, Instant now) {
        Instant openedAt = row.getOffsetDateTime("opened_at").toInstant();
        return new ExceptionItem(
                row.getString("id"),
                row.getString("reason"),
                row.getString("state"),
                openedAt,
                Math.max(0, Duration.between(openedAt, now).toSeconds()),
                row.getString("detail"),
                row.getString("source"),
                row.getString("event_id"),
                row.getString("event_type"),
                row.getString("subject"),
                row.getString("customer"),
                row.getString("posting"),
                row.getString("external_id"),
                row.getInteger("attempts"),
                row.getString("correlation"));
    }

    static ExceptionDetail detail(Row row, Instant now) {
        OffsetDateTime resolvedAt = row.getOffsetDateTime("resolved_at");
        return new ExceptionDetail(
                item(row, now),
                resolvedAt == null ? null : resolvedAt.toInstant(),
                row.getString("resolution"),
                row.getBuffer("payload").toString());
    }
}
