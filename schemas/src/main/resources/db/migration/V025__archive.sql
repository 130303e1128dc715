-- Owner: io.weir.ledger
-- Days of entries that were written to the archive and have left, and who confirmed to have taken them.

create table archive_day (
    day          date        primary key,
    state        text        not null check (state in ('waiting', 'exported', 'damaged', 'leaving', 'dropped')),
    why          text[]      not null default '{}',
    looked_at    timestamptz not null,
    entries      bigint      not null,
    first_time   timestamptz,
    last_time    timestamptz,
    fingerprint  text,
    files        jsonb,
    exported_at  timestamptz,
    dropped_at   timestamptz,
    ids_passed   bigint      not null default 0,
    forgotten_at timestamptz,
    check (state = 'waiting' or (fingerprint is not null and files is not null and exported_at is not null)),
    check ((dropped_at is not null) = (state = 'dropped'))
);
comment on table archive_day is 'Days (UTC, by recorded_at) that are due to leave, or have left; days without a row are all in the table entry.';
comment on column archive_day.state is 'waiting for something that needs it; exported; damaged: its files are not what was written; leaving, and dropped: only the archive has its entries.';
comment on column archive_day.why is 'What still needs it, or what is wrong with its files.';
comment on column archive_day.first_time is 'The earliest time of its events, with last_time the latest.';
comment on column archive_day.fingerprint is 'Sum of a hash of each entry as it was exported.';
comment on column archive_day.ids_passed is 'How many of its keys, in key order, have been forgotten as ids.';

create table archive_part (
    day        date        not null references archive_day on delete cascade,
    tenant     text        not null,
    event_type text        not null,
    entries    bigint      not null,
    held       bigint      not null,
    first_time timestamptz not null,
    last_time  timestamptz not null,
    primary key (tenant, day, event_type)
);
create index archive_part_day on archive_part (day);
comment on table archive_part is 'What an exported day holds of a tenant and event type; times are the events'' own.';

create table archive_confirmation (
    day          date        not null references archive_day on delete cascade,
    tenant       text        not null references tenant,
    sha256       text        not null,
    confirmed_by text        not null,
    confirmed_at timestamptz not null,
    primary key (day, tenant)
);
comment on table archive_confirmation is 'Who said that a tenant''s own export has the day, by the SHA-256 of its events.';

create function archived_days(of_tenant text, of_type text, from_time timestamptz, to_time timestamptz) returns setof date
    stable language sql as $$
    select distinct p.day from archive_part p join archive_day d on d.day = p.day
    where p.tenant = of_tenant and (of_type is null or p.event_type = of_type)
      and p.first_time < to_time and p.last_time >= from_time and d.state in ('leaving', 'dropped')
$$;
comment on function archived_days is 'Days that have left and may hold events of the tenant (and type; null for all) with times from, inclusive, to, exclusive.';

create function entry_leave(of_day date) returns boolean language plpgsql as $$
declare
    name text := 'entry_' || to_char(of_day, 'YYYYMMDD');
begin
    if exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent = 'entry'::regclass and c.relname = name) then
        execute format('drop table %I', name);
    end if;
    return not exists (
        select from entry_default
        where recorded_at >= of_day::timestamp at time zone 'UTC'
          and recorded_at < (of_day + 1)::timestamp at time zone 'UTC');
end $$;
comment on function entry_leave is 'Drops a day''s partition; false where some of the day lies in the default one, which cannot be dropped.';

alter table meter_backfill add column since timestamptz;
comment on column meter_backfill.since is 'Quarter hours before it may lack events that had left for the archive when it began; null where none had.';
