-- Owner: io.weir.changes (housekeeping and reading); every stage appends inside the transaction that made its change.
-- The durable change feed: read by transaction id up to the oldest one still running, because sequences and
-- clocks commit out of order and transaction ids below that horizon do not.

create table change (
    changed_at timestamptz not null default now(),
    xid        xid8        not null default pg_current_xact_id(),
    tenant     text        not null,
    customer   text,
    kind       text        not null
) partition by range (changed_at);
create index change_xid on change (xid);
create table change_default partition of change default;

comment on column change.customer is 'Null: the change concerns the whole tenant (or, for the catalog, its organisation).';
comment on column change.kind is 'One of io.weir.schemas.ChangeKind.';

create function change_partitions(at timestamptz, hours_ahead int, hours_kept int) returns int language plpgsql as $$
declare
    hour    timestamptz;
    name    text;
    dropped int := 0;
    old     record;
begin
    perform pg_advisory_xact_lock(7214470001);
    for i in 0..hours_ahead loop
        hour := date_trunc('hour', at, 'UTC') + make_interval(hours => i);
        name := 'change_' || to_char(hour at time zone 'UTC', 'YYYYMMDDHH24');
        if to_regclass(name) is null
           and not exists (select from change_default d where d.changed_at >= hour and d.changed_at < hour + interval '1 hour') then
            -- Made apart and attached, since making it in place would wait for every writer.
            execute format('create table %I (like change including defaults)', name);
            execute format('alter table change attach partition %I for values from (%L) to (%L)', name, hour, hour + interval '1 hour');
        end if;
    end loop;
    for old in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'change'::regclass and c.relname ~ '^change_[0-9]{10}$'
          and c.relname < 'change_' || to_char((at - make_interval(hours => hours_kept)) at time zone 'UTC', 'YYYYMMDDHH24')
    loop
        begin
            execute format('drop table %I', old.relname);
            dropped := dropped + 1;
        exception when lock_not_available then
            exit; -- Writers hold the table; another time.
        end;
    end loop;
    delete from change_default where changed_at < at - make_interval(hours => hours_kept);
    return dropped;
end $$;
comment on function change_partitions is 'Makes the hourly partitions ahead, drops those past their keeping; returns how many it dropped.';
