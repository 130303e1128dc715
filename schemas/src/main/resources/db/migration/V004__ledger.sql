-- Owner: io.weir.ledger
-- What was recorded, once. All of a batch is written in one transaction: progress, ids, entries, aggregates,
-- exceptions, changes. Nothing here is ever edited but entries that gain what is known of them later: held ones their
-- customer, those without a subscription the one that covers them.

create table ledger_progress (
    topic       text        not null,
    partition   int         not null,
    next_offset bigint      not null,
    arrived_at  timestamptz not null,
    recorded    bigint      not null default 0,
    duplicates  bigint      not null default 0,
    conflicts   bigint      not null default 0,
    held        bigint      not null default 0,
    unreadable  bigint      not null default 0,
    primary key (topic, partition)
) with (fillfactor = 50);
comment on table ledger_progress is 'Where each log partition is recorded up to. Its row lock fences a consumer that lost the partition.';
comment on column ledger_progress.arrived_at is 'When the last recorded event arrived in the log.';
comment on column ledger_progress.held is 'Events that were recorded as held at their recording (a part of recorded).';

create table event_id (
    event_key   uuid        not null primary key,
    digest      uuid        not null,
    recorded_at timestamptz not null
);
comment on table event_id is 'The unique key that decides duplicate and conflict; narrow, because a partitioned table cannot hold it.';
comment on column event_id.event_key is 'First 16 bytes of SHA-256 of tenant, source and id.';
comment on column event_id.digest is 'First 16 bytes of SHA-256 of the canonical content (type, subject, time, data).';

create table entry (
    recorded_at           timestamptz not null,
    received_at           timestamptz not null,
    logged_at             timestamptz not null,
    event_time            timestamptz not null,
    event_key             uuid        not null,
    master_revision       bigint      not null,
    log_offset            bigint      not null,
    subscription_revision bigint,
    log_partition         int         not null,
    schema_version        int         not null,
    tenant                text        not null,
    source                text        not null,
    id                    text        not null,
    event_type            text        not null,
    subject               text        not null,
    correlation           text        not null,
    customer              text,
    subscription          text,
    item                  text,
    legal_entity          text,
    held                  text,
    data                  jsonb       not null
) partition by range (recorded_at);
create index entry_event_key on entry (event_key);
create index entry_time on entry using brin (event_time) with (pages_per_range = 32, autosummarize = on);
create index entry_unattributed on entry (tenant, customer, recorded_at, event_key)
    where customer is not null and subscription is null and held is null;
create table entry_default partition of entry default;
comment on column entry.master_revision is 'Which master data counted it: its meters were those of this revision.';
comment on column entry.received_at is 'When the front door had the event.';
comment on column entry.logged_at is 'When the log had it (the broker''s append time).';
comment on column entry.held is 'Why it is in no aggregate; null when it is counted.';
comment on column entry.subject is 'The CloudEvents subject; empty where the event names its subscription instead.';

create function entry_partitions(at timestamptz, days_ahead int) returns void language plpgsql as $$
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
            execute format('create table %I partition of entry for values from (%L) to (%L)', name, day, day + interval '1 day');
        end if;
    end loop;
end $$;

create table aggregate (
    bucket                timestamptz not null,
    subscription_revision bigint      not null,
    entries               bigint      not null,
    meter_version         int         not null,
    tenant                text        not null,
    meter                 text        not null,
    customer              text        not null,
    subscription          text        not null,
    dimensions            text        not null,
    value                 numeric     not null,
    primary key (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions, meter_version)
) with (fillfactor = 80);
comment on table aggregate is 'Counted quantity by quarter hour: every time zone''s hours and days are sums of quarters.';
comment on column aggregate.bucket is 'Start of a quarter hour, UTC.';
comment on column aggregate.dimensions is 'JSON object with sorted keys, such as {"model":"m1","region":"eu"}.';
comment on column aggregate.subscription is 'Empty while the customer has no subscription that covers the event''s time.';

create table usage_month (
    month    date    not null,
    entries  bigint  not null,
    revision bigint  not null,
    tenant   text    not null,
    customer text    not null,
    meter    text    not null,
    value    numeric not null,
    primary key (tenant, customer, meter, month)
) with (fillfactor = 80);
comment on table usage_month is 'A customer''s counted quantity in a calendar month (UTC): what entitlement answers read.';
comment on column usage_month.revision is 'Rises with each change of the row: part of an answer''s version.';

create table ledger_exception (
    exception   bigint generated always as identity primary key,
    tenant      text        not null,
    reason      text        not null,
    state       text        not null default 'open' check (state in ('open', 'resolved')),
    event_key   uuid,
    source      text,
    id          text,
    event_type  text,
    subject     text,
    correlation text,
    detail      text        not null,
    payload     bytea       not null,
    attempts    int         not null default 0,
    opened_at   timestamptz not null,
    resolved_at timestamptz,
    resolution  text
);
create index ledger_exception_open on ledger_exception (tenant, reason, exception) where state = 'open';
create index ledger_exception_listing on ledger_exception (tenant, opened_at, exception);
create index ledger_exception_event on ledger_exception (event_key);
comment on column ledger_exception.payload is 'The event as it was accepted, byte for byte: whatever was accepted can be kept.';
