package io.weir.reconciliation;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Json;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The SQL of what sources declared, and how its rows are read. */
final class SourceTotalTable {
    /** What is recorded of each declared pointer, by hour and type, of the sources that declared it. */
    static final String RECORDED_SUMS = """
            select x.hour, x.event_type, p.pointer, sum((r.value #>> '{}')::numeric) as value
            from source_total x
            cross join lateral jsonb_object_keys(x.sums) p (pointer)
            join entry_original e on e.tenant = x.tenant and e.source = x.source and e.event_type = x.event_type
                and e.event_time >= x.hour and e.event_time < x.hour + interval '1 hour'
            cross join lateral (select e.data #> string_to_array(substr(p.pointer, 7), '/') as value) r
            where x.tenant = $1 and x.hour >= $2 and x.hour < $3 and jsonb_typeof(r.value) = 'number'
            group by 1, 2, 3
            """;

    static final String TOTAL = """
            select total, source, event_type, hour, sent, sums::text as sums, recorded, recorded_sums::text as recorded_sums,
                   complete, opened_at, resolved_at, resolution, declared_by, declared_at, attempts
            from source_total
            where tenant = $1 and source = $2 and event_type = $3 and hour = $4
            """;

    /** What is recorded of the sources that declared anything of the hour and type. */
    static final String RECORDED_EVENTS = """
            select x.hour, x.event_type, count(*) as recorded
            from source_total x
            join entry_original e on e.tenant = x.tenant and e.source = x.source and e.event_type = x.event_type
                and e.event_time >= x.hour and e.event_time < x.hour + interval '1 hour'
            where x.tenant = $1 and x.hour >= $2 and x.hour < $3
            group by 1, 2
            """;

    static final String LOCK = """
            select total, source, event_type, hour, sent, sums::text as sums, recorded, recorded_sums::text as recorded_sums,
                   complete, opened_at, resolved_at, resolution, declared_by, declared_at, attempts
            from source_total
            where tenant = $1 and source = $2 and event_type = $3 and hour = $4
            for update
            """;

    static final String LOCK_BY_ID = """
            select total, source, event_type, hour, sent, sums::text as sums, recorded, recorded_sums::text as recorded_sums,
                   complete, opened_at, resolved_at, resolution, declared_by, declared_at, attempts
            from source_total
            where tenant = $1 and total = $2
            for update
            """;

    static final String DECLARE = """
            insert into source_total (tenant, source, event_type, hour, sent, sums, declared_by, declared_at)
            values ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8)
            on conflict (tenant, source, event_type, hour) do update set sent = excluded.sent, sums = excluded.sums,
                declared_by = excluded.declared_by, declared_at = excluded.declared_at, complete = false,
                resolution = case when source_total.resolved_by is null then source_total.resolution end,
                resolved_by = null, comment = null
            """;

    /** Totals whose hour was over by then, that are not complete, that no person resolved; least recently checked first. */
    static final String DUE = """
            select tenant, total from source_total
            where not complete and resolved_by is null and hour < $1 and (checked_at is null or checked_at <= $2)
            order by checked_at nulls first
            limit $3
            """;

    static final String RECORDED = """
            select count(*) as recorded,
                   (select coalesce(jsonb_object_agg(s.pointer, s.value), '{}')::text
                    from (select p.pointer, coalesce(sum((r.value #>> '{}')::numeric), 0)::text as value
                          from unnest($6::text[]) p (pointer)
                          left join entry_original d on d.tenant = $1 and d.source = $2 and d.event_type = $3
                              and d.event_time >= $4 and d.event_time < $5
                          left join lateral (
                              select v.value
                              from (select d.data #> string_to_array(substr(p.pointer, 7), '/') as value) v
                              where jsonb_typeof(v.value) = 'number') r on true
                          group by 1) s) as sums
            from entry_original e
            where e.tenant = $1 and e.source = $2 and e.event_type = $3 and e.event_time >= $4 and e.event_time < $5
            """;

    static final String CHECKED = """
            update source_total set recorded = $2, recorded_sums = $3::text::jsonb, complete = $4, checked_at = $5,
                attempts = attempts + case when $8::boolean then 1 else 0 end,
                tried_at = case when $8::boolean then $5 else tried_at end,
                opened_at = case when $6::boolean then $5 else opened_at end,
                resolved_at = case when $6::boolean then null when $7::boolean then $5 else resolved_at end,
                resolution = case when $6::boolean then null when $7::boolean then 'complete' else resolution end
            where total = $1
            """;

    static final String RESOLVE = """
            update source_total set resolved_at = $2, resolution = $3, comment = $4, resolved_by = $5 where total = $1
            """;

    static final String CHANGED = "insert into change (tenant, kind) values ($1, 'EXCEPTION')";

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private SourceTotalTable() {}

    static SourceTotal total(Row row) {
        boolean complete = row.getBoolean("complete");
        boolean checked = row.getLong("recorded") != null;
        return new SourceTotal(
                row.getString("source"),
                row.getString("event_type"),
                row.getOffsetDateTime("hour").toInstant(),
                row.getLong("sent"),
                sums(row.getString("sums")),
                complete ? "complete" : row.getOffsetDateTime("opened_at") == null ? "pending" : "incomplete",
                row.getLong("recorded"),
                checked ? sums(row.getString("recorded_sums")) : null,
                open(row) ? "S-" + row.getLong("total") : null,
                row.getString("declared_by"),
                row.getOffsetDateTime("declared_at").toInstant());
    }

    /** Whether its gap is an open exception. */
    static boolean open(Row row) {
        OffsetDateTime resolved = row.getOffsetDateTime("resolved_at");
        return row.getOffsetDateTime("opened_at") != null && resolved == null;
    }

    private static Map<String, String> sums(@Nullable String text) {
        Map<String, String> sums = new TreeMap<>();
        if (text != null) {
            Json.tree(text)
                    .properties()
                    .forEach(sum -> sums.put(sum.getKey(), sum.getValue().asString()));
        }
        return sums;
    }
}
