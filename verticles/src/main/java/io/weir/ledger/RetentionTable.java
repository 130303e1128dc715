package io.weir.ledger;

/** SQL of days that leave Postgres. */
final class RetentionTable {
    /** An entry as it is compared: a hash of all that may change while it is kept. */
    private static String hash() {
        return """
            hashtextextended(concat(e.event_key, '|', e.held, '|', e.customer, '|', e.subscription, '|', e.subscription_revision,
                '|', e.item, '|', e.legal_entity, '|', e.master_revision, '|', b.kind), 0)
            """;
    }

    private static String ofTheDay() {
        return """
             recorded_at >= $1::date::timestamp at time zone 'UTC' and recorded_at < ($1::date + 1)::timestamp at time zone 'UTC'
            """;
    }

    static final String TRY_LOCK = "select pg_try_advisory_lock($1) as locked";

    static final String UNLOCK = "select pg_advisory_unlock($1)";

    /** How long after its time an event is accepted, and before it, of the most generous tenant. */
    static final String ACCEPTANCE =
            "select coalesce(max(past_seconds + future_seconds), 0)::bigint as seconds from tenant";

    /** Days before one that have not left, but for those that were looked at since. */
    static final String DUE = """
            with days as (
                select to_date(substr(c.relname, 7), 'YYYYMMDD') as day
                from pg_inherits i join pg_class c on c.oid = i.inhrelid
                where i.inhparent = 'entry_row'::regclass and c.relname ~ '^entry_[0-9]{8}$'
                union
                select (recorded_at at time zone 'UTC')::date from entry_default
                where recorded_at < $1::date::timestamp at time zone 'UTC'
                union
                select day from archive_day where state = 'leaving')
            select d.day, coalesce(a.state, 'new') as state, a.first_time, a.last_time, a.entries, a.fingerprint
            from days d left join archive_day a on a.day = d.day
            where d.day < $1 and a.state is distinct from 'dropped'
              and (a.day is null or a.state = 'leaving' or a.looked_at <= $2)
            order by d.day limit $3
            """;

    static final String SURVEY = """
            select count(*) as entries, min(e.event_time) as first_time, max(e.event_time) as last_time,
                coalesce(sum(""" + hash() + """
                ), 0)::text as fingerprint
            from entry e left join correction b on b.event_key = e.event_key and b.reversed_at = e.recorded_at
            where""" + ofTheDay();

    /**
     * What still needs entries of a day whose events have such times, or others of their quarter hours: those may be counted
     * anew as a whole. A meter's newest version goes through all entries of before it.
     */
    static final String NEEDED = """
            select array_remove(array[
                case when exists (
                    select from ledger_exception x
                    join event_standing i on i.event_key = x.event_key
                    join entry e on e.event_key = i.event_key and e.recorded_at = i.recorded_at
                    where x.state = 'open' and x.reason in ('unmatched_account', 'unknown_subscription')
                        and e.held = x.reason and e.event_time >= s.first and e.event_time < s.behind) then 'held' end,
                case when exists (
                    select from entry_row e
                    where e.owner < 0 and e.event_time >= s.first and e.event_time < s.behind and not exists (
                        select from correction c where c.event_key = e.event_key and c.reversed_at = e.recorded_at))
                    then 'unattributed' end,
                case when exists (
                    select from (select distinct on (organisation, meter) organisation, meter, version from meter
                                 order by organisation, meter, version desc) m
                    left join meter_backfill b
                        on b.organisation = m.organisation and b.meter = m.meter and b.version = m.version
                    where b.began_at is null or b.ended_at is null and b.day <= $1::date) then 'backfill' end,
                case when exists (
                    select from source_total t
                    where not t.complete and t.resolved_by is null and t.hour + interval '1 hour' > s.first
                        and t.hour < s.behind) then 'total' end], null) as why
            from (select date_bin('15 minutes', $2::timestamptz, 'epoch') as first,
                         date_bin('15 minutes', $3::timestamptz, 'epoch') + interval '15 minutes' as behind) s
            """;

    static final String BY_KEY = "select entry_by_key($1)";

    /** Some entries of a day in key order, behind one; an event that was amended on the day has several. */
    static final String PAGE = """
            select e.*, e.data::text as data_text, coalesce(i.digest, r.digest) as digest, b.kind as taken_back, """ + hash() + """
             as hash
            from (select * from entry where""" + ofTheDay() + """
                    and event_key >= $2 and (event_key, recorded_at) > ($2, $3)
                  order by event_key, recorded_at limit $4) e
            left join event_id i on i.event_key = e.event_key and i.recorded_at = e.recorded_at
            left join correction r on r.event_key = e.event_key and r.replaced_at = e.recorded_at
            left join correction b on b.event_key = e.event_key and b.reversed_at = e.recorded_at
            order by e.event_key, e.recorded_at
            """;

    static final String WAIT = """
            insert into archive_day (day, state, why, looked_at, entries, first_time, last_time)
            values ($1, 'waiting', $2, $3, $4, $5, $6)
            on conflict (day) do update set why = excluded.why, looked_at = excluded.looked_at
            """;

    static final String EXPORTED = """
            insert into archive_day (day, state, looked_at, entries, first_time, last_time, fingerprint, files, exported_at)
            values ($1, 'exported', 'epoch', $2, $3, $4, $5, $6::text::jsonb, $7)
            on conflict (day) do update set state = excluded.state, why = '{}', looked_at = excluded.looked_at,
                entries = excluded.entries, first_time = excluded.first_time, last_time = excluded.last_time,
                fingerprint = excluded.fingerprint, files = excluded.files, exported_at = excluded.exported_at
            """;

    static final String PARTS = """
            insert into archive_part (day, tenant, event_type, entries, held, first_time, last_time)
            select $1, p.* from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[])
                as p(tenant, event_type, entries, held, first_time, last_time)
            """;

    /** Forgets that a day was exported, with whoever confirmed it: it is exported anew. */
    static final String AGAIN = "delete from archive_day where day = $1 and state in ('exported', 'damaged')";

    static final String LOOKED = """
            update archive_day set state = $2, why = $3, looked_at = $4 where day = $1 and state in ('exported', 'damaged')
            """;

    static final String FILES = "select files::text as files from archive_day where day = $1";

    /** Tenants that have events in the day and did not confirm these. */
    static final String UNCONFIRMED = """
            select count(distinct p.tenant) as tenants from archive_part p
            where p.day = $1 and not exists (
                select from archive_confirmation c where c.day = p.day and c.tenant = p.tenant and c.sha256 = $2)
            """;

    static final String LOCK_TIMEOUT = "select set_config('lock_timeout', $1, true)";

    static final String LEAVE = "select entry_leave($1) as whole";

    /** Without the whole day it is leaving: what lies in the default partition follows. */
    static final String LEFT = """
            update archive_day set state = case when $2::boolean then 'dropped' else 'leaving' end, why = '{}', looked_at = $3,
                dropped_at = case when $2::boolean then $3::timestamptz end
            where day = $1
            """;

    static final String DELETE_DEFAULT = """
            with picked as (select ctid as place from entry_default where""" + ofTheDay() + """
                limit $2)
            delete from entry_default d using picked where d.ctid = picked.place
            """;

    static final String OF_TENANTS = """
            select tenant, sum(entries)::bigint as entries from archive_part where day = $1 group by 1 order by 1
            """;

    /** Days before one that have left, and of which not all ids are forgotten. */
    static final String FORGETTABLE = """
            select day, ids_passed from archive_day
            where state = 'dropped' and forgotten_at is null
              and day < least($1::date, (select (min(oldest) at time zone 'UTC')::date - $2::int from spilled))
            order by day limit $3
            """;

    /** An id that was recorded again since is another day's; of an event that was corrected another entry may be kept. */
    static final String FORGET_IDS = "delete from event_id i where" + ofTheDay() + """
                and i.event_key = any($2::uuid[])
                and not exists (select from correction c where c.event_key = i.event_key)
            """;

    static final String FORGOTTEN = "update archive_day set ids_passed = $2, forgotten_at = $3 where day = $1";

    static final String STANDING = """
            select d.state, w.why, count(*) as days
            from archive_day d left join lateral unnest(d.why) w (why) on d.state in ('waiting', 'exported')
            where d.state <> 'dropped' group by 1, 2
            """;

    /** A day of a tenant, locked for who confirms it. */
    static final String LOCK_DAY = """
            select d.state, d.files::text as files, c.sha256 as confirmed
            from archive_day d
            left join archive_confirmation c on c.day = d.day and c.tenant = $2
            where d.day = $1 and exists (select from archive_part p where p.day = d.day and p.tenant = $2)
            for update of d
            """;

    static final String CONFIRM = """
            insert into archive_confirmation (day, tenant, sha256, confirmed_by, confirmed_at) values ($1, $2, $3, $4, $5)
            on conflict (day, tenant) do update set sha256 = excluded.sha256, confirmed_by = excluded.confirmed_by,
                confirmed_at = excluded.confirmed_at
            """;

    /** Has the day looked at soon. */
    static final String SOON = "update archive_day set looked_at = 'epoch' where day = $1";

    /** Days as a tenant sees them, newest first. Parameters: tenant 1, day 2 (null: all), before 3 (null: all), most 4. */
    static final String DAYS = """
            select d.day, d.state, d.why, d.files::text as files, d.exported_at, d.dropped_at, d.forgotten_at,
                p.entries, p.held, p.types::text as types, p.first_time, p.last_time, c.sha256, c.confirmed_by, c.confirmed_at
            from archive_day d
            left join lateral (
                select sum(entries)::bigint as entries, sum(held)::bigint as held, min(first_time) as first_time,
                    max(last_time) as last_time, jsonb_object_agg(event_type, entries) as types
                from archive_part where day = d.day and tenant = $1) p on true
            left join archive_confirmation c on c.day = d.day and c.tenant = $1
            where ($2::date is null or d.day = $2) and ($3::date is null or d.day < $3)
              and (p.entries is not null or d.state = 'waiting')
            order by d.day desc limit $4
            """;

    private RetentionTable() {}
}
