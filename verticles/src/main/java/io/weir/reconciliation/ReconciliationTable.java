package io.weir.reconciliation;

/** The SQL of reconciliation. Parameters of each: tenant 1, from 2, to 3, then what its own comment says. */
final class ReconciliationTable {
    /** Days that have left and may hold events of a span: the first and the last. Parameters: tenant 1, from 2, to 3. */
    static final String ARCHIVED = """
            select min(d.day)::text as first, max(d.day)::text as last from archived_days($1, null, $2, $3) d (day)
            """;

    /** Records of the log up to where it is read that nothing was made of, of all tenants; takes no parameter. */
    static final String UNACCOUNTED = """
            select coalesce(sum(next_offset - recorded - duplicates - conflicts - unreadable - too_late), 0)::bigint as records
            from ledger_progress
            """;

    /** How many events of the log are recorded of which hour. */
    static final String HOURS = """
            select hour, sum(recorded)::bigint as events from ledger_tally
            where tenant = $1 and hour >= $2 and hour < $3
            group by 1
            order by 1
            """;

    static final String SENT = """
            select hour, event_type, sum(sent)::bigint as sent, jsonb_agg(sums)::text as sums from source_total
            where tenant = $1 and hour >= $2 and hour < $3
            group by 1, 2
            """;

    static final String READ = """
            select hour, event_type, sum(recorded)::bigint as recorded, sum(duplicates)::bigint as duplicates,
                   sum(conflicts)::bigint as conflicts, sum(unreadable)::bigint as unreadable, sum(too_late)::bigint as too_late
            from ledger_tally
            where tenant = $1 and hour >= $2 and hour < $3
            group by 1, 2
            """;

    /**
     * Entries; those that were made of what was not recorded at first (-1) and of backfill sets (-3) carry no partition of the log,
     * and those of amendments (-2) were never sent so. What corrections took back was recorded all the same.
     */
    static final String RECORDED = """
            select date_trunc('hour', e.event_time, 'UTC') as hour, e.event_type,
                   count(*) filter (where e.log_partition <> -2) as recorded,
                   count(*) filter (where e.held is not null and c.event_key is null) as held,
                   count(*) filter (where e.log_partition = -1) as recovered,
                   count(*) filter (where e.log_partition = -3) as backfilled,
                   count(*) filter (where e.log_partition = -2) as replacements,
                   count(c.event_key) as reversed
            from entry e
            left join correction c on c.event_key = e.event_key and c.reversed_at = e.recorded_at
            where e.tenant = $1 and e.event_time >= $2 and e.event_time < $3
            group by 1, 2
            """;

    /** The tenant's meters that add up, each in its newest version, and how far that has gone back to earlier entries. */
    private static String meters() {
        return """
            with newest as (
                select distinct on (m.meter) m.*
                from meter m join tenant t on t.organisation = m.organisation
                where t.tenant = $1
                order by m.meter, m.version desc),
            meters as (
                select m.*, string_to_array(substr(m.value, 7), '/') as path, b as backfill from newest m
                left join meter_backfill b on b.organisation = m.organisation and b.meter = m.meter and b.version = m.version
                where m.aggregation in ('count', 'sum'))
            """;
    }

    /**
     * Entries e of a span, for each meter m that has counted such, and the value that it counts, if its filter takes the entry; null
     * where it finds none. As a query of its own (offset 0), so that it is added up without being sorted.
     */
    private static String counted(String columns, String which) {
        return " (select " + columns + """
            , case when m.aggregation = 'count' then 1 when jsonb_typeof(r.value) = 'number' then (r.value #>> '{}')::numeric end as value
            from entry_standing e
            join meters m on m.event_type = e.event_type
                and (m.revision <= e.master_revision or has_passed(m.backfill, e.recorded_at, e.event_key))
            left join event_type_schema s on s.organisation = m.organisation and s.event_type = e.event_type
                and s.version = e.schema_version and s.mappings <> '{}'
            cross join lateral (select coalesce(
                e.data #> string_to_array(substr(s.mappings ->> m.value, 7), '/'), e.data #> m.path) as value) r
            where e.tenant = $1 and e.event_time >= $2 and e.event_time < $3 and e.held is null and
            """ + which + """
             offset 0) c
            """;
    }

    private static String hour() {
        return "date_trunc('hour', e.event_time, 'UTC') as hour, m.event_type, m.meter";
    }

    /** Filters of meters, and where versions of their type's schema have what they read. Parameter: tenant 1. */
    static final String FILTERS = meters() + """
            select m.meter, m.filter::text as filter,
                   coalesce((select jsonb_object_agg(s.version, s.mappings) from event_type_schema s
                             where s.organisation = m.organisation and s.event_type = m.event_type), '{}')::text as mappings
            from meters m where m.filter is not null
            """;

    /** What counted entries add up to, by the meters that take all of their type. */
    static final String EXPECTED = meters() + """
            select hour, event_type, meter, count(*) as events, sum(value) as value from
            """ + counted(hour(), "m.filter is null") + """
            where value is not null
            group by 1, 2, 3
            """;

    /** Entries that meters with a filter may have counted, each by itself: the filter is to be asked. */
    static final String FILTERED = meters() + "select * from"
            + counted(hour() + ", e.schema_version, e.data::text as data", "m.filter is not null") + """
            where value is not null
            """;

    static final String METERED = meters() + """
            select date_trunc('hour', a.bucket, 'UTC') as hour, m.event_type, m.meter,
                   exists (select from price p where p.organisation = m.organisation and p.meter = m.meter) as priced,
                   sum(a.entries)::bigint as events, sum(a.value) as value
            from aggregate a
            join meters m on m.meter = a.meter and m.version = a.meter_version
            where a.tenant = $1 and a.bucket >= $2 and a.bucket < $3
            group by 1, 2, 3, 4
            """;

    static final String RATED = """
            select h.hour, m.event_type, h.meter, sum(h.quantity) as rated,
                   coalesce(sum(h.quantity) filter (where p.decided_by is not null and p.state <> 'rejected'), 0) as posted,
                   coalesce(sum(h.quantity) filter (where d.state = 'posted'), 0) as in_erp
            from charge_hour h
            join tenant t on t.tenant = h.tenant
            cross join lateral (select event_type from meter m where m.organisation = t.organisation and m.meter = h.meter
                                order by version desc limit 1) m
            left join posting_line l on l.charge_key = h.charge_key
            left join posting p on p.posting = l.posting
            left join posting_document d on d.external_id = l.external_id
            where h.tenant = $1 and h.hour >= $2 and h.hour < $3
            group by 1, 2, 3
            """;

    /** Of the statements below: event type 4, meter 5 (null: all); behind hour 6 and key 7; most 8. */
    static final String BEHIND_SENT = """
            select 'source-total' as kind, x.hour, x.event_type, x.source, null::text as id,
                   case when x.opened_at is not null and x.resolved_at is null then 'S-' || x.total end as exception,
                   null::text as customer, null::text as subscription, null::text as meter,
                   'sent ' || x.sent || ', recorded ' || x.recorded as detail, x.source || E'\\x1e' || x.event_type as key
            from source_total x
            where x.tenant = $1 and x.hour >= $2 and x.hour < $3 and ($4::text is null or x.event_type = $4)
              and $5::text is null and x.recorded is not null
              and (x.sent <> x.recorded or x.sums is distinct from x.recorded_sums)
              and ($6::timestamptz is null or (x.hour, x.source || E'\\x1e' || x.event_type) > ($6, $7::text))
            order by 2, 11
            limit $8
            """;

    static final String BEHIND_HELD = """
            select 'event' as kind, date_trunc('hour', e.event_time, 'UTC') as hour, e.event_type, e.source, e.id,
                   'L-' || x.exception as exception, e.customer, e.subscription, null::text as meter,
                   e.held || ': ' || coalesce(x.state, '') as detail, e.event_key::text as key
            from entry_standing e
            left join lateral (
                select h.exception, h.state from ledger_exception h
                where h.event_key = e.event_key and h.tenant = e.tenant and h.reason = e.held
                order by h.exception desc limit 1) x on true
            where e.tenant = $1 and e.event_time >= $2 and e.event_time < $3 and e.held is not null
              and ($4::text is null or e.event_type = $4) and $5::text is null
              and ($6::timestamptz is null or (date_trunc('hour', e.event_time, 'UTC'), e.event_key::text) > ($6, $7::text))
            order by 2, 11
            limit $8
            """;

    /**
     * Entries that meters may have counted, with what is metered in their quarter hour of their customer: all of those quarters that
     * are wrong for certain, and of meters with a filter, which is to be asked, all. Parameters: event type 4, meter 5 (null: all).
     */
    static final String QUARTERS = meters() + """
            , quarters as (
                select a.customer, a.bucket, a.meter, sum(a.entries)::bigint as events, sum(a.value) as value
                from aggregate a join meters m on m.meter = a.meter and m.version = a.meter_version
                where a.tenant = $1 and a.bucket >= $2 and a.bucket < $3 and ($5::text is null or a.meter = $5)
                group by 1, 2, 3),
            own as (
                select * from
            """
            + counted("""
                date_bin('15 minutes', e.event_time, 'epoch') as bucket, e.customer, m.meter, e.event_key::text as event_key,
                e.event_type, e.source, e.id, e.subscription, e.schema_version,
                case when m.filter is not null then e.data::text end as data
                """, "($4::text is null or e.event_type = $4) and ($5::text is null or m.meter = $5)") + """
                where value is not null),
            summed as (
                select o.*, count(*) over quarter as all_events, sum(o.value) over quarter as all_value
                from own o window quarter as (partition by o.bucket, o.customer, o.meter))
            select s.bucket, s.customer, s.meter, s.event_key, s.event_type, s.source, s.id, s.subscription, s.schema_version, s.value,
                   s.data, coalesce(q.events, 0) as metered_events, coalesce(q.value, 0) as metered_value
            from summed s left join quarters q using (bucket, customer, meter)
            where s.data is not null or (s.all_events, s.all_value) is distinct from (q.events, q.value)
            order by 1, 2, 3
            """;

    static final String BEHIND_RATED = """
            with usage as (
                select a.customer, a.subscription, a.meter, date_trunc('hour', a.bucket, 'UTC') as hour, sum(a.value) as value
                from aggregate a
                join tenant t on t.tenant = a.tenant
                where a.tenant = $1 and a.bucket >= $2 and a.bucket < $3 and ($5::text is null or a.meter = $5)
                  and exists (select from price p where p.organisation = t.organisation and p.meter = a.meter)
                  and a.meter_version = (select max(m.version) from meter m
                                         where m.organisation = t.organisation and m.meter = a.meter)
                group by 1, 2, 3, 4),
            charged as (
                select h.subscription, h.meter, h.hour, sum(h.quantity) as value
                from charge_hour h where h.tenant = $1 and h.hour >= $2 and h.hour < $3
                group by 1, 2, 3)
            select 'usage' as kind, u.hour, m.event_type, null::text as source, null::text as id, null::text as exception,
                   u.customer, nullif(u.subscription, '') as subscription, u.meter,
                   'used ' || u.value || ', charged ' || coalesce(c.value, 0) as detail,
                   u.customer || E'\\x1e' || u.subscription || E'\\x1e' || u.meter as key
            from usage u
            left join charged c on c.subscription = u.subscription and c.meter = u.meter and c.hour = u.hour
            join tenant t on t.tenant = $1
            cross join lateral (select event_type from meter m where m.organisation = t.organisation and m.meter = u.meter
                                order by version desc limit 1) m
            where u.value <> coalesce(c.value, 0) and ($4::text is null or m.event_type = $4)
              and ($6::timestamptz is null
                   or (u.hour, u.customer || E'\\x1e' || u.subscription || E'\\x1e' || u.meter) > ($6, $7::text))
            order by 2, 11
            limit $8
            """;

    static final String BEHIND_POSTED = """
            select 'charge' as kind, h.hour, m.event_type, null::text as source, h.charge_key as id, null::text as exception,
                   c.customer, c.subscription, h.meter, 'the posting is ' || coalesce(p.state, 'not made yet') as detail,
                   h.charge_key as key
            from charge_hour h
            join charge c on c.charge_key = h.charge_key
            join tenant t on t.tenant = h.tenant
            cross join lateral (select event_type from meter m where m.organisation = t.organisation and m.meter = h.meter
                                order by version desc limit 1) m
            left join posting_line l on l.charge_key = h.charge_key
            left join posting p on p.posting = l.posting
            where h.tenant = $1 and h.hour >= $2 and h.hour < $3 and (p.decided_by is null or p.state = 'rejected')
              and ($4::text is null or m.event_type = $4) and ($5::text is null or h.meter = $5)
              and ($6::timestamptz is null or (h.hour, h.charge_key) > ($6, $7::text))
            order by 2, 11
            limit $8
            """;

    static final String BEHIND_IN_ERP = """
            select 'document' as kind, h.hour, m.event_type, null::text as source, d.external_id as id,
                   case when d.state = 'held' then 'P-' || d.external_id end as exception, d.customer, d.subscription, h.meter,
                   'the document is ' || d.state as detail, d.external_id || E'\\x1e' || h.charge_key as key
            from charge_hour h
            join tenant t on t.tenant = h.tenant
            cross join lateral (select event_type from meter m where m.organisation = t.organisation and m.meter = h.meter
                                order by version desc limit 1) m
            join posting_line l on l.charge_key = h.charge_key
            join posting p on p.posting = l.posting
            join posting_document d on d.external_id = l.external_id
            where h.tenant = $1 and h.hour >= $2 and h.hour < $3 and d.state <> 'posted'
              and p.decided_by is not null and p.state <> 'rejected'
              and ($4::text is null or m.event_type = $4) and ($5::text is null or h.meter = $5)
              and ($6::timestamptz is null or (h.hour, d.external_id || E'\\x1e' || h.charge_key) > ($6, $7::text))
            order by 2, 11
            limit $8
            """;

    private ReconciliationTable() {}
}
