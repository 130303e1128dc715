package io.weir.ledger;

/** SQL of what is counted: aggregates, values and months, which dimensions are kept apart, and backfills. */
final class AggregateTable {
    static final String ADD_AGGREGATES = """
            insert into aggregate as a (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value, entries)
            select tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value::numeric, entries
            from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[], $7::text[],
                $8::int[], $9::text[], $10::bigint[])
                as n(tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value, entries)
            on conflict (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions, meter_version)
            do update set value = a.value + excluded.value, entries = a.entries + excluded.entries
            """;

    /** Likewise the least. Of a row that was emptied, what is added stands. */
    static final String ADD_LOWEST =
            ADD_AGGREGATES.replace("a.value + excluded.value", "least(a.value, excluded.value)");

    /** Likewise the greatest. */
    static final String ADD_HIGHEST =
            ADD_AGGREGATES.replace("a.value + excluded.value", "greatest(a.value, excluded.value)");

    /** The value of the latest event; of two of one instant the greater. */
    static final String ADD_LATEST = """
            insert into aggregate as a (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value, entries, last_at)
            select tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value::numeric, entries, last_at
            from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[], $7::text[],
                $8::int[], $9::text[], $10::bigint[], $11::timestamptz[])
                as n(tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value, entries, last_at)
            on conflict (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions, meter_version)
            do update set value = case when a.last_at > excluded.last_at then a.value
                when a.last_at = excluded.last_at then greatest(a.value, excluded.value) else excluded.value end,
                last_at = greatest(a.last_at, excluded.last_at), entries = a.entries + excluded.entries
            """;

    static final String DELETE_EMPTY_AGGREGATES = """
            delete from aggregate a
            using unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::int[])
                as n(tenant, meter, customer, bucket, dimensions, meter_version)
            where a.tenant = n.tenant and a.meter = n.meter and a.customer = n.customer and a.bucket = n.bucket
                and a.subscription = '' and a.subscription_revision = 0 and a.dimensions = n.dimensions
                and a.meter_version = n.meter_version and a.entries = 0 and a.value = 0
            """;

    static final String ADD_VALUES = """
            insert into aggregate_value as v (tenant, meter, meter_version, customer, dimensions, subscription,
                subscription_revision, at, value, occurrences)
            select tenant, meter, meter_version, customer, dimensions, subscription, subscription_revision, at, value,
                occurrences
            from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                $8::timestamptz[], $9::text[], $10::bigint[])
                as n(tenant, meter, meter_version, customer, dimensions, subscription, subscription_revision, at, value,
                occurrences)
            on conflict (tenant, meter, meter_version, customer, dimensions, at, value, subscription, subscription_revision)
            do update set occurrences = v.occurrences + excluded.occurrences
            """;

    static final String DELETE_EMPTY_VALUES = """
            delete from aggregate_value v
            using unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                $8::timestamptz[], $9::text[], $10::bigint[])
                as n(tenant, meter, meter_version, customer, dimensions, subscription, subscription_revision, at, value,
                occurrences)
            where v.tenant = n.tenant and v.meter = n.meter and v.meter_version = n.meter_version
                and v.customer = n.customer and v.dimensions = n.dimensions and v.at = n.at and v.value = n.value
                and v.subscription = n.subscription and v.subscription_revision = n.subscription_revision
                and v.occurrences = 0 and n.occurrences < 0
            """;

    static final String ADD_MONTHS = """
            insert into usage_month as m (tenant, customer, meter, month, value, entries, revision)
            select tenant, customer, meter, month, value::numeric, entries, 1
            from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bigint[])
                as n(tenant, customer, meter, month, value, entries)
            on conflict (tenant, customer, meter, month)
            do update set value = m.value + excluded.value, entries = m.entries + excluded.entries,
                revision = m.revision + 1
            """;

    /** Events that no meter counts; fewer by those that a backfill has counted. */
    static final String ADD_UNCOUNTED = """
            insert into uncounted_event as u (tenant, event_type, hour, events)
            select tenant, event_type, hour, events
            from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) as n(tenant, event_type, hour, events)
            on conflict (tenant, event_type, hour) do update set events = u.events + excluded.events
            """;

    /** Whether entries of a quarter may have left for the archive. */
    static final String QUARTER_LEFT = """
            select from archived_days($1, $2, $3::timestamptz, $3::timestamptz + interval '15 minutes')
            """;

    /** Of two who empty a quarter the later one must not have looked for its rows before the first one has made them anew. */
    static final String LOCK_QUARTERS_OF = "select pg_advisory_xact_lock($1::int, hashtext($2))";

    /** Waits for who counts in the quarter, and lets nobody count there until the commit; a new row of it may come. */
    static final String LOCK_QUARTER = """
            select from aggregate
            where tenant = $1 and meter = $2 and meter_version = $3 and customer = $4 and bucket = $5
            order by subscription, subscription_revision, dimensions
            for update
            """;

    /**
     * Empties the quarter and tells its entries; in one statement, so of one instant: whoever commits a new row of it meanwhile
     * either is in both, or in neither, and then has counted its entries itself.
     */
    static final String TAKE_QUARTER = """
            with gone as (
                delete from aggregate
                where tenant = $1 and meter = $2 and meter_version = $3 and customer = $4 and bucket = $5),
            gone_values as (
                delete from aggregate_value
                where tenant = $1 and meter = $2 and meter_version = $3 and customer = $4 and at >= $5::timestamptz
                    and at < $5::timestamptz + interval '15 minutes')
            select e.recorded_at, e.event_key, e.master_revision, e.schema_version, e.event_type, e.event_time,
                e.subscription, e.subscription_revision, e.data::text as data
            from entry_standing e
            where e.tenant = $1 and e.customer = $4 and e.event_type = $6 and e.held is null
                and e.event_time >= $5::timestamptz and e.event_time < $5::timestamptz + interval '15 minutes'
            """;

    static final String MAKE_ROOMS = """
            insert into dimension_room (tenant, meter, meter_version, customer, month)
            select tenant, meter, meter_version, customer, month
            from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::date[])
                as n(tenant, meter, meter_version, customer, month)
            on conflict do nothing
            """;

    static final String LOCK_ROOMS = """
            select r.tenant, r.meter, r.meter_version, r.customer, r.month, r.sets, r.full_since is not null as full,
                r.told_at is not null as told
            from dimension_room r
            join unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::date[])
                as n(tenant, meter, meter_version, customer, month) using (tenant, meter, meter_version, customer, month)
            order by r.tenant, r.meter, r.meter_version, r.customer, r.month
            for update of r
            """;

    static final String SETS = """
            select s.tenant, s.meter, s.meter_version, s.customer, s.month, s.dimensions
            from dimension_set s
            join unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::date[], $6::text[])
                as n(tenant, meter, meter_version, customer, month, dimensions)
                using (tenant, meter, meter_version, customer, month, dimensions)
            """;

    static final String INSERT_SETS = """
            insert into dimension_set (tenant, meter, meter_version, customer, month, dimensions)
            select tenant, meter, meter_version, customer, month, dimensions
            from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::date[], $6::text[])
                as n(tenant, meter, meter_version, customer, month, dimensions)
            """;

    static final String FILL_ROOMS = """
            update dimension_room r set sets = r.sets + n.sets,
                full_since = case when n.is_full then coalesce(r.full_since, now()) else r.full_since end,
                told_at = case when n.refused then coalesce(r.told_at, now()) else r.told_at end
            from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::date[], $6::int[], $7::boolean[], $8::boolean[])
                as n(tenant, meter, meter_version, customer, month, sets, is_full, refused)
            where r.tenant = n.tenant and r.meter = n.meter and r.meter_version = n.meter_version
                and r.customer = n.customer and r.month = n.month
            """;

    /** One exception for a room: every event beyond it is counted in the remainder. */
    static final String INSERT_OVERFLOWS = """
            insert into ledger_exception (opened_at, tenant, reason, subject, correlation, detail, payload)
            select now(), tenant, 'dimension_overflow', customer, '', detail, convert_to(payload, 'UTF8')
            from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n(tenant, customer, detail, payload)
            """;

    /** Newest versions of meters that have not begun to count what was recorded before them. */
    static final String UNBEGUN = """
            select count(*) as unbegun from (
                select distinct on (organisation, meter) organisation, meter, version from meter
                order by organisation, meter, version desc) m
            where not exists (select from meter_backfill b
                where b.organisation = m.organisation and b.meter = m.meter and b.version = m.version)
            """;

    /** From the first day that has entries to the day after this one: clocks of nodes may differ. What had left before is not counted. */
    static final String BEGIN_BACKFILLS = """
            insert into meter_backfill (organisation, meter, version, revision, event_type, began_at, day, after_at, last_day, after_key,
                since)
            select m.organisation, m.meter, m.version, m.revision, m.event_type, $1::timestamptz,
                f.day, f.day::timestamp at time zone 'UTC', greatest(($1::timestamptz at time zone 'UTC')::date,
                         (select max(recorded_at at time zone 'UTC')::date from entry_default)) + 1,
                '00000000-0000-0000-0000-000000000000',
                (select date_bin('15 minutes', max(last_time), 'epoch') + interval '15 minutes'
                 from archive_day where state in ('leaving', 'dropped'))
            from (select distinct on (organisation, meter) organisation, meter, version, revision, event_type
                  from meter order by organisation, meter, version desc) m
            cross join (
                select least(($1::timestamptz at time zone 'UTC')::date,
                      (select min(to_date(substr(c.relname, 7), 'YYYYMMDD'))
                       from pg_inherits i join pg_class c on c.oid = i.inhrelid
                       where i.inhparent = 'entry_row'::regclass and c.relname ~ '^entry_[0-9]{8}$'),
                      (select min(recorded_at at time zone 'UTC')::date from entry_default)) as day) f
            on conflict do nothing
            returning organisation, meter, version
            """;

    /** Months are of one version alone: those of another one are emptied, and what the new one has counted is put in. */
    static final String RESTART_MONTHS = """
            with counted as (
                select a.tenant, a.customer, a.meter, date_trunc('month', a.bucket, 'UTC')::date as month,
                    sum(a.value) as value, sum(a.entries) as entries
                from aggregate a
                where a.tenant in (select t.tenant from tenant t where t.organisation = $1) and a.meter = $2
                    and a.meter_version = $3
                group by 1, 2, 3, 4)
            update usage_month u set value = coalesce(c.value, 0), entries = coalesce(c.entries, 0), revision = u.revision + 1
            from usage_month o left join counted c using (tenant, customer, meter, month)
            where o.tenant in (select t.tenant from tenant t where t.organisation = $1) and o.meter = $2
                and u.tenant = o.tenant and u.customer = o.customer and u.meter = o.meter and u.month = o.month
            """;

    /** Of an organisation one at a time, so that no two count the same event as its first. */
    static final String NEXT_BACKFILL = """
            select b.organisation, b.meter, b.version, b.day, b.last_day, b.after_at, b.after_key
            from meter_backfill b
            where b.ended_at is null
                and b.version = (select max(m.version) from meter m
                                 where m.organisation = b.organisation and m.meter = b.meter)
                and pg_try_advisory_xact_lock($1::int, hashtext(b.organisation))
            order by b.began_at, b.meter limit 1
            for update
            """;

    /** Some entries of a day in their order, of which those are told that the meter may count. */
    static final String BACKFILL_PAGE = """
            with page as materialized (
                select recorded_at, event_key, master_revision, schema_version, tenant, event_type, event_time, customer,
                    subscription, subscription_revision, held, data
                from entry
                where recorded_at >= $2 and recorded_at < ($1::date + 1)::timestamp at time zone 'UTC'
                    and (recorded_at, event_key) > ($2, $3)
                order by recorded_at, event_key limit $4)
            select l.recorded_at as last_at, l.event_key as last_key, (select count(*) from page) as looked_at,
                p.recorded_at, p.event_key, p.master_revision, p.schema_version, p.tenant, p.event_type, p.event_time,
                p.customer, p.subscription, p.subscription_revision, p.data::text as data
            from (select m.event_type, m.revision from meter m
                  where m.organisation = $5 and m.meter = $6 and m.version = $7) m
            left join (select recorded_at, event_key from page order by recorded_at desc, event_key desc limit 1) l on true
            left join page p on p.event_type = m.event_type and p.master_revision < m.revision and p.held is null
                and p.tenant in (select t.tenant from tenant t where t.organisation = $5)
                and not exists (
                    select from correction c where c.event_key = p.event_key and c.reversed_at = p.recorded_at)
            """;

    static final String ADVANCE_BACKFILL = """
            update meter_backfill set day = $4, after_at = $5, after_key = $6, looked_at = looked_at + $7,
                counted = counted + $8, ended_at = $9
            where organisation = $1 and meter = $2 and version = $3
            """;

    /** Held until the commit, so that none goes on meanwhile; those that ended stay as they are. */
    static final String HOLD_BACKFILLS = """
            select from meter_backfill b
            where b.organisation = (select t.organisation from tenant t where t.tenant = $1) and b.ended_at is null
            order by b.meter, b.version
            for share
            """;

    static final String BACKFILLS = """
            select b.meter, b.version, b.after_at, b.after_key, b.ended_at is not null as ended
            from meter_backfill b
            where b.organisation = (select t.organisation from tenant t where t.tenant = $1)
            """;

    private AggregateTable() {}
}
