package io.weir.exceptions;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The SQL of exceptions, and how its rows are read. */
final class ExceptionsTable {
    /**
     * Parameters: tenant 1, state 2; reason 3, kind 4, customer 5, owner 6, assigned 7, opened from 8, to 9 (null: all); behind
     * time 10 and id 11; most 12.
     */
    static final String LIST = """
            select x.*, o.owner
            from (
                select 'L-' || e.exception as id, 'event' as kind, e.reason, e.state, e.opened_at, e.detail, e.source,
                       e.id as event_id, e.event_type, e.subject, n.customer, null::text as posting,
                       null::text as external_id, e.attempts, e.tried_at, e.correlation, e.resolved_at, e.resolution
                from ledger_exception e
                left join event_standing i on i.event_key = e.event_key
                left join entry n on n.event_key = i.event_key and n.recorded_at = i.last_at
                where e.tenant = $1 and e.state = $2 and ($3::text is null or e.reason = $3)
                  and ($4::text is null or $4 = 'event') and ($5::text is null or n.customer = $5)
                union all
                select 'P-' || d.external_id, 'document', coalesce(d.reason, 'held'),
                       case when d.state = 'held' then 'open' else 'resolved' end,
                       coalesce(a.finished_at, p.created_at), coalesce(d.detail, ''), null, null, null, null, d.customer,
                       d.posting, d.external_id, d.attempts, a.finished_at, p.correlation, d.resolved_at, d.resolution
                from posting_document d
                join posting p on p.posting = d.posting
                left join lateral (select max(finished_at) as finished_at from posting_attempt t
                                   where t.external_id = d.external_id) a on true
                where d.tenant = $1 and (d.state = 'held' and $2 = 'open' or d.resolution is not null and $2 = 'resolved')
                  and ($3::text is null or coalesce(d.reason, 'held') = $3)
                  and ($4::text is null or $4 = 'document') and ($5::text is null or d.customer = $5)
                union all
                select 'S-' || s.total, 'source-total', 'incomplete_source',
                       case when s.resolved_at is null then 'open' else 'resolved' end, s.opened_at,
                       'sent ' || s.sent || ', recorded ' || s.recorded || ', in the hour from '
                           || to_char(s.hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'),
                       s.source, null, s.event_type, null, null, null, null, s.attempts, s.tried_at, null, s.resolved_at,
                       s.resolution
                from source_total s
                where s.tenant = $1 and s.opened_at is not null and (s.resolved_at is null) = ($2 = 'open')
                  and ($3::text is null or $3 = 'incomplete_source') and ($4::text is null or $4 = 'source-total')
                  and $5::text is null
                union all
                select 'B-' || r.failure, 'usage', 'rating_failed', case when r.resolved_at is null then 'open' else 'resolved' end,
                       r.opened_at, r.meter || ' of ' || r.subscription || ', ' || r.quantity || ': ' || r.detail, null, null, null,
                       null, r.customer, null, null, r.attempts, r.tried_at, null, r.resolved_at, r.resolution
                from rating_exception r
                where r.tenant = $1 and (r.resolved_at is null) = ($2 = 'open')
                  and ($3::text is null or $3 = 'rating_failed') and ($4::text is null or $4 = 'usage')
                  and ($5::text is null or r.customer = $5)) x
            left join exception_owner o on o.tenant = $1 and o.exception = x.id
            where ($6::text is null or o.owner = $6) and ($7::boolean is null or (o.owner is not null) = $7)
              and ($8::timestamptz is null or x.opened_at >= $8) and ($9::timestamptz is null or x.opened_at < $9)
              and ($10::timestamptz is null or (x.opened_at, x.id collate "C") < ($10, $11::text collate "C"))
            order by x.opened_at desc, x.id collate "C" desc
            limit $12
            """;

    static final String LEDGER_EXCEPTION = """
            select 'L-' || e.exception as id, 'event' as kind, e.reason, e.state, e.opened_at, e.detail, e.source,
                   e.id as event_id, e.event_type, e.subject, n.customer, null::text as posting, null::text as external_id,
                   e.attempts, e.tried_at, e.correlation, e.resolved_at, e.resolution, e.resolved_by, e.comment, e.payload,
                   o.owner
            from ledger_exception e
            left join event_standing i on i.event_key = e.event_key
            left join entry n on n.event_key = i.event_key and n.recorded_at = i.last_at
            left join exception_owner o on o.tenant = e.tenant and o.exception = 'L-' || e.exception
            where e.tenant = $1 and e.exception = $2
            """;

    static final String DOCUMENT = """
            select 'P-' || d.external_id as id, 'document' as kind, coalesce(d.reason, 'held') as reason,
                   case when d.state = 'held' then 'open' else 'resolved' end as state,
                   coalesce(a.finished_at, p.created_at) as opened_at, coalesce(d.detail, '') as detail,
                   null::text as source, null::text as event_id, null::text as event_type, null::text as subject,
                   d.customer, d.posting, d.external_id, d.attempts, a.finished_at as tried_at, p.correlation,
                   d.resolved_at, d.resolution, d.resolved_by, d.comment, convert_to(p.manifest, 'UTF8') as payload, o.owner
            from posting_document d
            join posting p on p.posting = d.posting
            left join lateral (select max(finished_at) as finished_at from posting_attempt t
                               where t.external_id = d.external_id) a on true
            left join exception_owner o on o.tenant = d.tenant and o.exception = 'P-' || d.external_id
            where d.tenant = $1 and d.external_id = $2 and (d.state = 'held' or d.resolution is not null)
            """;

    static final String SOURCE_TOTAL = """
            select 'S-' || s.total as id, 'source-total' as kind, 'incomplete_source' as reason,
                   case when s.resolved_at is null then 'open' else 'resolved' end as state, s.opened_at,
                   'sent ' || s.sent || ', recorded ' || s.recorded || ', in the hour from '
                       || to_char(s.hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as detail,
                   s.source, null::text as event_id, s.event_type, null::text as subject, null::text as customer,
                   null::text as posting, null::text as external_id, s.attempts, s.tried_at,
                   null::text as correlation, s.resolved_at, s.resolution, s.resolved_by, s.comment,
                   convert_to(jsonb_build_object('count', s.sent, 'sums', s.sums, 'recorded', s.recorded,
                                                 'recordedSums', s.recorded_sums)::text, 'UTF8') as payload, o.owner
            from source_total s
            left join exception_owner o on o.tenant = s.tenant and o.exception = 'S-' || s.total
            where s.tenant = $1 and s.total = $2 and s.opened_at is not null
            """;

    static final String RATING = """
            select 'B-' || r.failure as id, 'usage' as kind, 'rating_failed' as reason,
                   case when r.resolved_at is null then 'open' else 'resolved' end as state, r.opened_at,
                   r.meter || ' of ' || r.subscription || ', ' || r.quantity || ': ' || r.detail as detail,
                   null::text as source, null::text as event_id, null::text as event_type, null::text as subject, r.customer,
                   null::text as posting, null::text as external_id, r.attempts, r.tried_at, null::text as correlation,
                   r.resolved_at, r.resolution, r.resolved_by, r.comment,
                   convert_to(jsonb_build_object('subscription', r.subscription, 'meter', r.meter, 'quantity', r.quantity::text,
                       'from', r.first_hour, 'lastHour', r.last_hour)::text, 'UTF8') as payload, o.owner
            from rating_exception r
            left join exception_owner o on o.tenant = r.tenant and o.exception = 'B-' || r.failure
            where r.tenant = $1 and r.failure = $2
            """;

    static final String HISTORY = """
            select acted_at, act, principal, state_before, state_after from audit_entry
            where tenant = $1 and object = $2 and kind = 'exception'
            order by sequence
            limit 1000
            """;

    static final String KNOWN_PRINCIPAL = "select from principal where tenant = $1 and principal = $2";

    static final String OWNER = "select owner from exception_owner where tenant = $1 and exception = $2 for update";

    static final String ASSIGN = """
            insert into exception_owner (tenant, exception, owner, assigned_at) values ($1, $2, $3, $4)
            on conflict (tenant, exception) do update set owner = excluded.owner, assigned_at = excluded.assigned_at
            """;

    static final String UNASSIGN = "delete from exception_owner where tenant = $1 and exception = $2";

    static final String CHANGED = "insert into change (tenant, kind) values ($1, 'EXCEPTION')";

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private ExceptionsTable() {}

    static ExceptionItem item(Row row, Instant now) {
        Instant openedAt = row.getOffsetDateTime("opened_at").toInstant();
        return new ExceptionItem(
                row.getString("id"),
                row.getString("kind"),
                row.getString("reason"),
                row.getString("state"),
                row.getString("owner"),
                openedAt,
                Math.max(0, Duration.between(openedAt, now).toSeconds()),
                instant(row, "resolved_at"),
                row.getString("resolution"),
                row.getString("detail"),
                row.getString("source"),
                row.getString("event_id"),
                row.getString("event_type"),
                row.getString("subject"),
                row.getString("customer"),
                row.getString("posting"),
                row.getString("external_id"),
                row.getInteger("attempts"),
                instant(row, "tried_at"),
                row.getString("correlation"));
    }

    static ExceptionDetail detail(Row row, Instant now) {
        return new ExceptionDetail(
                item(row, now),
                row.getString("resolved_by"),
                row.getString("comment"),
                row.getBuffer("payload").toString(),
                List.of());
    }

    static ExceptionDetail.Step step(Row row) {
        return new ExceptionDetail.Step(
                Instants.of(row.getOffsetDateTime("acted_at")),
                row.getString("act"),
                row.getString("principal"),
                tree(row.getString("state_before")),
                tree(row.getString("state_after")));
    }

    private static @Nullable JsonNode tree(@Nullable String text) {
        return text == null ? null : Json.tree(text);
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }
}
