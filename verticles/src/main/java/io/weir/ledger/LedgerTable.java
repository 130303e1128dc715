package io.weir.ledger;

/** SQL of what is recorded; {@link AggregateTable} has what is counted of it, {@link CatalogTable} what is read of others. */
final class LedgerTable {
    static final String LOCK_SHARED = "select pg_advisory_xact_lock_shared($1)";

    static final String LOCK_ALONE = "select pg_advisory_xact_lock($1)";

    static final String MASTER_REVISION = "select revision from master_data";

    static final String START_PROGRESS = """
            insert into ledger_progress (topic, partition, next_offset, arrived_at)
            select $1, p, 0, 'epoch' from generate_series(0, $2::int - 1) p
            on conflict do nothing
            """;

    static final String LOCK_PROGRESS = """
            select partition, next_offset from ledger_progress
            where topic = $1 and partition = any($2::int[])
            order by partition for update
            """;

    static final String ADVANCE_PROGRESS = """
            update ledger_progress p set
                next_offset = n.next_offset, arrived_at = greatest(p.arrived_at, n.arrived_at),
                recorded = p.recorded + n.recorded, duplicates = p.duplicates + n.duplicates,
                conflicts = p.conflicts + n.conflicts, held = p.held + n.held, unreadable = p.unreadable + n.unreadable,
                uncounted = p.uncounted + n.uncounted, too_late = p.too_late + n.too_late
            from unnest($2::int[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
                        $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
                 as n(partition, next_offset, arrived_at, recorded, duplicates, conflicts, held, unreadable, uncounted, too_late)
            where p.topic = $1 and p.partition = n.partition
            """;

    static final String ADD_TALLY = """
            insert into ledger_tally as t (tenant, hour, event_type, log_partition, recorded, duplicates, conflicts, unreadable,
                too_late)
            select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::bigint[], $9::bigint[])
            on conflict (tenant, hour, event_type, log_partition) do update set
                recorded = t.recorded + excluded.recorded, duplicates = t.duplicates + excluded.duplicates,
                conflicts = t.conflicts + excluded.conflicts, unreadable = t.unreadable + excluded.unreadable,
                too_late = t.too_late + excluded.too_late
            """;

    static final String PROGRESS = """
            select partition, next_offset, arrived_at from ledger_progress where topic = $1
            """;

    static final String NOTE_SPILLED = """
            insert into spilled (node, oldest) values ($1, $2) on conflict (node) do update set oldest = excluded.oldest
            """;

    static final String FORGET_SPILLED = "delete from spilled where node = $1";

    /** Since when the oldest accepted event that is not in the log yet is held; null where none is. */
    static final String OLDEST_SPILLED = "select min(oldest) as oldest from spilled";

    /** Inserts new ids and returns those that were there: few, as a rule. */
    static final String INSERT_IDS = """
            with given as (
                select * from unnest($1::uuid[], $2::uuid[]) as g(event_key, digest)
            ), fresh as (
                insert into event_id (event_key, digest, recorded_at)
                select event_key, digest, $3 from given order by event_key
                on conflict do nothing
                returning event_key
            )
            select event_key from given where not exists (select from fresh where fresh.event_key = given.event_key)
            """;

    static final String DIGESTS = "select event_key, digest from event_id where event_key = any($1::uuid[])";

    /** What amendments have made of events. */
    static final String AMENDED = """
            select c.event_key, c.digest from correction c join event_id i on i.event_key = c.event_key
            where c.event_key = any($1::uuid[]) and c.digest is not null and c.corrected_at > i.recorded_at
            """;

    /** Which records made their entry: the others of their keys were duplicates or conflicts. */
    static final String ORIGINS = """
            select e.event_key, e.log_partition, e.log_offset, i.digest
            from event_id i join entry e on e.event_key = i.event_key and e.recorded_at = i.recorded_at
            where i.event_key = any($1::uuid[])
            """;

    static final String INSERT_ENTRIES = """
            insert into entry_row (recorded_at, received_at, logged_at, event_time, master_revision, log_offset, log_partition,
                stream, owner, event_key, correlation, source, id, subject, data)
            select $1, received_at, logged_at, event_time, $2, log_offset, log_partition,
                stream, owner, event_key, correlation, source, id, subject, data::jsonb
            from unnest($3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::int[],
                $8::int[], $9::int[], $10::uuid[], $11::bytea[], $12::text[], $13::text[], $14::text[], $15::text[])
                as e(received_at, logged_at, event_time, log_offset, log_partition,
                stream, owner, event_key, correlation, source, id, subject, data)
            """;

    static final String INSERT_EXCEPTIONS = """
            insert into ledger_exception (opened_at, tenant, reason, event_key, source, id, event_type, subject,
                correlation, detail, payload)
            select $1, tenant, reason, event_key, source, id, event_type, subject, correlation, detail, payload
            from unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::bytea[])
                as x(tenant, reason, event_key, source, id, event_type, subject, correlation, detail, payload)
            """;

    static final String INSERT_CHANGES = """
            insert into change (tenant, customer, kind)
            select tenant, customer, $3 from unnest($1::text[], $2::text[]) as c(tenant, customer)
            """;

    static final String MAKE_PARTITIONS = "select entry_partitions($1, $2)";

    /** Held events whose account is known by now. */
    static final String MATCHABLE = """
            select x.exception, x.tenant, e.recorded_at, e.event_key, e.event_type, e.schema_version, e.subject, e.event_time,
                e.data::text
            from ledger_exception x
            join event_standing i on i.event_key = x.event_key
            join entry e on e.event_key = i.event_key and e.recorded_at = i.recorded_at
            where x.state = 'open' and e.held = x.reason and (
                x.reason = 'unmatched_account' and exists (
                    select from customer_identity c where c.tenant = x.tenant and c.system = 'product'
                        and c.key = x.subject and c.effective_to = 'infinity')
                or x.reason = 'unknown_subscription' and exists (
                    select from subscription s where s.tenant = x.tenant and s.subscription = x.subject
                        and s.effective_to = 'infinity'))
            and x.exception > $1
            order by x.exception limit $2
            for update of x skip locked
            """;

    static final String MATCH_ENTRIES = """
            update entry_row e set owner = n.owner, master_revision = $1
            from unnest($2::timestamptz[], $3::uuid[], $4::int[]) as n(recorded_at, event_key, owner)
            where e.recorded_at = n.recorded_at and e.event_key = n.event_key
            """;

    /** Customers with entries that no subscription covered when they were counted, behind a customer. */
    static final String UNATTRIBUTED = """
            select o.tenant, o.customer from entry_owner o
            where o.owner < 0 and (o.tenant, o.customer) > ($1, $2) and exists (
                select from entry_row e where e.owner = o.owner and e.owner < 0 and not exists (
                    select from correction c where c.event_key = e.event_key and c.reversed_at = e.recorded_at))
            order by o.tenant, o.customer limit $3
            """;

    /** Those of the customers who have such entries. */
    static final String UNATTRIBUTED_OF = """
            select o.tenant, o.customer
            from unnest($1::text[], $2::text[]) as n(tenant, customer)
            join entry_owner o on o.tenant = n.tenant and o.customer = n.customer and o.owner < 0
            where exists (
                select from entry_row e where e.owner = o.owner and e.owner < 0 and not exists (
                    select from correction c where c.event_key = e.event_key and c.reversed_at = e.recorded_at))
            order by o.tenant, o.customer
            """;

    /** Such entries of a customer that a subscription covers by now, behind an entry. */
    static final String ATTRIBUTABLE = """
            select e.recorded_at, e.event_key, e.master_revision, y.event_type, y.schema_version, e.subject, e.event_time,
                e.data::text
            from entry_row e
            join entry_owner o on o.owner = e.owner
            join entry_stream y on y.stream = e.stream
            where o.tenant = $1 and o.customer = $2 and o.owner < 0 and e.owner < 0
                and not exists (select from correction c where c.event_key = e.event_key and c.reversed_at = e.recorded_at)
                and e.recorded_at >= $3 and (e.recorded_at, e.event_key) > ($3, $4)
                and exists (
                    select from subscription s where s.tenant = $1 and s.customer = $2
                        and s.effective_from <= e.event_time and s.effective_to > e.event_time
                        and s.starts_at <= e.event_time and s.ends_at > e.event_time
                        and (jsonb_typeof(e.data -> 'subscription') is distinct from 'string'
                            or e.data ->> 'subscription' = s.subscription))
            order by e.recorded_at, e.event_key limit $5
            for update of e skip locked
            """;

    /** Which entries of those events were taken back; asked once they are locked, since the lock may have waited for that. */
    static final String REVERSED = """
            select event_key, reversed_at from correction where event_key = any($1::uuid[]) and reversed_at is not null
            """;

    /** The master revision stays: it says which meters counted the entry. */
    static final String ATTRIBUTE_ENTRIES = """
            update entry_row e set owner = n.owner
            from unnest($1::timestamptz[], $2::uuid[], $3::int[]) as n(recorded_at, event_key, owner)
            where e.recorded_at = n.recorded_at and e.event_key = n.event_key
            """;

    static final String RESOLVE_EXCEPTIONS = """
            update ledger_exception set state = 'resolved', resolved_at = $1, resolution = 'matched'
            where exception = any($2::bigint[])
            """;

    private LedgerTable() {}
}
