-- Owner: io.weir.ledger (entry_life); io.weir.lineage (charges_of_event)
-- From when to when an entry weighs in charges, and in which: what was charged and then taken back is in two.

create view entry_life as
select e.*, counted.at as counted_at, c.corrected_at as taken_back_at
from entry e
left join correction c on c.event_key = e.event_key and c.reversed_at = e.recorded_at
cross join lateral (
    select greatest(e.recorded_at, max(x.resolved_at)) as at from ledger_exception x
    where x.event_key = e.event_key and x.tenant = e.tenant and x.resolution = 'matched'
      and (c.corrected_at is null or x.resolved_at < c.corrected_at)) counted;
comment on view entry_life is 'Entries with when they were counted: recorded, or matched later; and when a correction took them back.';

create function charges_of_event(of_event uuid, of_tenant text)
returns table (recorded_at timestamptz, meter text, charge_key text, taken_back boolean) language sql stable as $$
    with line as (
        select e.recorded_at, e.counted_at, e.taken_back_at, h.meter, c.charge_key, c.created_at, c.sequence
        from entry_life e
        join tenant t on t.tenant = e.tenant
        join charge_hour h on h.tenant = e.tenant and h.subscription = e.subscription
            and h.subscription_revision = e.subscription_revision and h.hour = date_trunc('hour', e.event_time, 'UTC')
        join charge c on c.charge_key = h.charge_key
        where e.event_key = of_event and e.tenant = of_tenant and e.held is null
          and exists (select from meter m where m.organisation = t.organisation and m.meter = h.meter
                          and m.event_type = e.event_type)
    ), charged as (
        select distinct on (l.recorded_at, l.meter) l.*
        from line l
        where l.created_at >= l.counted_at
        order by l.recorded_at, l.meter, l.created_at, l.sequence
    )
    select c.recorded_at, c.meter, c.charge_key, false from charged c
    where c.taken_back_at is null or c.created_at < c.taken_back_at
    union all
    (select distinct on (l.recorded_at, l.meter) l.recorded_at, l.meter, l.charge_key, true
     from line l join charged c on c.recorded_at = l.recorded_at and c.meter = l.meter
     where c.created_at < l.taken_back_at and l.created_at >= l.taken_back_at
     order by l.recorded_at, l.meter, l.created_at, l.sequence)
$$;
comment on function charges_of_event is 'Of each entry and meter the first charge of its hour since it was counted, and the first since it was taken back.';
