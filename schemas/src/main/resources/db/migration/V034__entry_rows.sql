-- Owner: io.weir.ledger
-- What many entries have in common stands once, in dictionaries, and is a number in the row: 120 bytes less an event. Whoever reads asks the
-- view entry, which has all columns by their names; only the ledger writes, and locks, rows.

create table entry_stream (
    stream         int  generated always as identity primary key,
    schema_version int  not null,
    tenant         text not null,
    source         text not null,
    event_type     text not null,
    unique (tenant, event_type, source, schema_version)
);
comment on table entry_stream is 'Where events come from and of which type they are. Nothing is deleted.';
comment on column entry_stream.source is 'Empty: the row of the entry has it, since the tenant has too many sources.';

create sequence entry_owner_number as int;
create table entry_owner (
    owner                 int primary key,
    subscription_revision bigint,
    tenant                text not null,
    held                  text,
    customer              text,
    subscription          text,
    item                  text,
    legal_entity          text,
    unique nulls not distinct (tenant, customer, subscription, subscription_revision, item, legal_entity, held),
    check ((owner < 0) = (customer is not null and subscription is null and held is null))
);
comment on table entry_owner is 'Whose usage entries are, or why they are held. Nothing is deleted.';
comment on column entry_owner.owner is 'Below zero: of a customer, and of no subscription.';

create table entry_row (
    recorded_at     timestamptz not null,
    received_at     timestamptz not null,
    logged_at       timestamptz not null,
    event_time      timestamptz not null,
    master_revision bigint      not null,
    log_offset      bigint      not null,
    log_partition   int         not null,
    stream          int         not null,
    owner           int         not null,
    event_key       uuid        not null,
    correlation     bytea       not null,
    source          text        not null,
    id              text        not null,
    subject         text        not null,
    data            jsonb       not null
) partition by range (recorded_at);

drop view entry_life;
drop view entry_original;
drop view entry_standing;
alter table entry rename to entry_before;
drop index entry_time;
drop index entry_unattributed;
drop index entry_recorded_at;

create index entry_recorded_at on entry_row (recorded_at);
create index entry_time on entry_row using brin (event_time) with (pages_per_range = 32, autosummarize = on);
create index entry_unattributed on entry_row (owner, recorded_at, event_key) where owner < 0;

insert into entry_stream (tenant, source, event_type, schema_version)
select distinct tenant, source, event_type, schema_version from entry_before;
insert into entry_owner (owner, tenant, held, customer, subscription, subscription_revision, item, legal_entity)
select nextval('entry_owner_number')
           * case when customer is not null and subscription is null and held is null then -1 else 1 end, o.*
from (select distinct tenant, held, customer, subscription, subscription_revision, item, legal_entity from entry_before) o;

do $$
declare
    part record;
begin
    for part in select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
                from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'entry_before'::regclass
    loop
        execute format('alter table %I rename to %I', part.name, part.name || '_before');
        execute format('create table %I partition of entry_row %s', part.name, part.bound);
    end loop;
end $$;

insert into entry_row (recorded_at, received_at, logged_at, event_time, master_revision, log_offset, log_partition, stream, owner,
    event_key, correlation, source, id, subject, data)
select e.recorded_at, e.received_at, e.logged_at, e.event_time, e.master_revision, e.log_offset, e.log_partition, s.stream, o.owner,
    e.event_key, case when e.correlation ~ '^[0-9a-f]{32}$' then decode(e.correlation, 'hex') else convert_to(e.correlation, 'UTF8') end,
    '', e.id, e.subject, e.data
from entry_before e
join entry_stream s using (tenant, source, event_type, schema_version)
join entry_owner o on o.tenant = e.tenant and o.held is not distinct from e.held and o.customer is not distinct from e.customer
    and o.subscription is not distinct from e.subscription
    and o.subscription_revision is not distinct from e.subscription_revision and o.item is not distinct from e.item
    and o.legal_entity is not distinct from e.legal_entity;
drop table entry_before;

comment on table entry_row is 'Recorded events. Nothing is edited but the owner, and with it the master revision, of one that is held or without a subscription.';
comment on column entry_row.received_at is 'When the front door had the event.';
comment on column entry_row.logged_at is 'When the log had it (the broker''s append time).';
comment on column entry_row.master_revision is 'Which master data counted it: its meters were those of this revision.';
comment on column entry_row.log_partition is
    '-1: made of what could not be read at first; -2: what an amendment put in another entry''s place; -3: came by a backfill set.';
comment on column entry_row.correlation is 'The 16 bytes of a trace id; anything else as text.';
comment on column entry_row.source is 'Empty where the stream has it.';
comment on column entry_row.subject is 'The CloudEvents subject; empty where the event names its subscription instead.';

create view entry as
select e.recorded_at, e.received_at, e.logged_at, e.event_time, e.event_key, e.master_revision, e.log_offset,
    o.subscription_revision, e.log_partition, s.schema_version, s.tenant,
    case when e.source = '' then s.source else e.source end as source, e.id, s.event_type, e.subject,
    case when length(e.correlation) = 16 then encode(e.correlation, 'hex') else convert_from(e.correlation, 'UTF8') end as correlation,
    o.customer, o.subscription, o.item, o.legal_entity, o.held, e.data
from entry_row e
left join entry_stream s on s.stream = e.stream
left join entry_owner o on o.owner = e.owner;
comment on view entry is 'Recorded events, all of each: what everybody reads. held says why one is in no aggregate; null when it is counted.';

create view entry_standing as
select e.* from entry e
where not exists (select from correction c where c.event_key = e.event_key and c.reversed_at = e.recorded_at);
comment on view entry_standing is 'The entries that stand: whoever counts reads these.';

create view entry_original as
select e.* from entry e where e.log_partition <> -2;
comment on view entry_original is 'What was sent, whatever became of it later: one entry an event.';

create view entry_life as
select e.*, counted.at as counted_at, c.corrected_at as taken_back_at
from entry e
left join correction c on c.event_key = e.event_key and c.reversed_at = e.recorded_at
cross join lateral (
    select greatest(e.recorded_at, max(x.resolved_at)) as at from ledger_exception x
    where x.event_key = e.event_key and x.tenant = e.tenant and x.resolution = 'matched'
      and (c.corrected_at is null or x.resolved_at < c.corrected_at)) counted;
comment on view entry_life is 'Entries with when they were counted: recorded, or matched later; and when a correction took them back.';

create or replace function entry_partitions(at timestamptz, days_ahead int) returns void language plpgsql as $$
declare
    day  timestamptz;
    name text;
begin
    perform pg_advisory_xact_lock(7214470002);
    for i in 0..days_ahead loop
        day  := date_trunc('day', at, 'UTC') + make_interval(days => i);
        name := 'entry_' || to_char(day at time zone 'UTC', 'YYYYMMDD');
        if to_regclass(name) is null
           and not exists (select from entry_default d where d.recorded_at >= day and d.recorded_at < day + interval '1 day') then
            execute format('create table %I partition of entry_row for values from (%L) to (%L)', name, day, day + interval '1 day');
        end if;
    end loop;
end $$;

create or replace function entry_leave(of_day date) returns boolean language plpgsql as $$
declare
    name text := 'entry_' || to_char(of_day, 'YYYYMMDD');
begin
    if exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent = 'entry_row'::regclass and c.relname = name) then
        execute format('drop table %I', name);
    end if;
    return not exists (
        select from entry_default
        where recorded_at >= of_day::timestamp at time zone 'UTC'
          and recorded_at < (of_day + 1)::timestamp at time zone 'UTC');
end $$;
