-- Owner: io.weir.ledger
-- Entries are found by when they were recorded, which all of a batch share, and their key: an index of some bytes an entry in place of one
-- by key, whose pages lie all over, so that recording got dearer with each million. A day that leaves gets one by key, for its export.

drop index entry_event_key;
create index entry_recorded_at on entry (recorded_at);

do $$ begin
    if exists (select from meter_backfill
               where ended_at is null and after_key <> '00000000-0000-0000-0000-000000000000') then
        raise exception 'a meter is being filled from recorded events in another order: let it end with the version before, then start this one';
    end if;
end $$;
alter table meter_backfill add column after_at timestamptz;
update meter_backfill set after_at = day::timestamp at time zone 'UTC';
alter table meter_backfill alter column after_at set not null;
comment on column meter_backfill.after_at is 'With after_key: the entry up to which entries are counted, by recorded_at and event_key.';
comment on column meter_backfill.after_key is 'See after_at.';
comment on column meter_backfill.day is 'The day (UTC) of the entries that are looked at.';

create function has_passed(backfill meter_backfill, recorded_at timestamptz, event_key uuid) returns boolean
    immutable language sql as $$
    select backfill.ended_at is not null or (recorded_at, event_key) <= (backfill.after_at, backfill.after_key)
$$;
comment on function has_passed is 'Whether a backfill has counted an entry that was recorded before its meter was there.';

create function entry_by_key(of_day date) returns void language plpgsql as $$
declare
    name text := 'entry_' || to_char(of_day, 'YYYYMMDD');
begin
    if to_regclass(name) is not null and to_regclass(name || '_key') is null then
        execute format('create index %I on %I (event_key, recorded_at)', name || '_key', name);
    end if;
end $$;
comment on function entry_by_key is 'Makes the index by which a day is exported; nothing is recorded in a day that is over, so nobody waits for it.';
