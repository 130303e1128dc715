-- Owner: io.weir.ledger
-- What meters keep beside sums, how far each has counted what was recorded before it was there, and what none counts.

alter table aggregate add column last_at timestamptz;
comment on column aggregate.value is 'The quarter''s sum; for min, max and latest the one value that stands.';
comment on column aggregate.last_at is 'For latest: the time of the event whose value stands.';

create table aggregate_value (
    at                    timestamptz not null,
    subscription_revision bigint      not null,
    occurrences           bigint      not null,
    meter_version         int         not null,
    tenant                text        not null,
    meter                 text        not null,
    customer              text        not null,
    subscription          text        not null,
    dimensions            text        not null,
    value                 text        not null,
    primary key (tenant, meter, meter_version, customer, dimensions, at, value, subscription, subscription_revision)
) with (fillfactor = 80);
comment on table aggregate_value is 'Each value that a quarter holds, where a sum cannot say it: for unique, percentile and weighted_sum.';
comment on column aggregate_value.at is 'Start of the quarter hour; for weighted_sum the event''s own time.';
comment on column aggregate_value.value is 'A plain decimal; for unique canonical JSON, or its SHA-256 where that is long.';
comment on column aggregate_value.occurrences is 'Of how many entries: one that is taken back takes one.';

create table meter_backfill (
    organisation text        not null references organisation,
    meter        text        not null,
    version      int         not null,
    revision     bigint      not null,
    event_type   text        not null,
    began_at     timestamptz not null,
    ended_at     timestamptz,
    day          date        not null,
    last_day     date        not null,
    after_key    uuid        not null,
    looked_at    bigint      not null default 0,
    counted      bigint      not null default 0,
    primary key (organisation, meter, version)
);
comment on table meter_backfill is 'How far a version of a meter has counted the entries that were recorded before it was there.';
comment on column meter_backfill.revision is 'The meter''s: entries of an older master_revision are counted here, others when they are recorded.';
comment on column meter_backfill.after_key is 'Entries of earlier days (UTC, by recorded_at), and of this day up to this event_key, are counted.';

create table uncounted_event (
    hour       timestamptz not null,
    events     bigint      not null,
    tenant     text        not null,
    event_type text        not null,
    primary key (tenant, event_type, hour)
);
comment on table uncounted_event is 'Recorded events that no meter counts, by their hour (UTC): an outcome, and not silence.';
alter table ledger_progress add column uncounted bigint not null default 0;
comment on column ledger_progress.uncounted is 'Events that no meter counted when they were recorded (a part of recorded, apart from held).';

create table dimension_room (
    month         date    not null,
    sets          int     not null default 0,
    full_since    timestamptz,
    told_at       timestamptz,
    meter_version int     not null,
    tenant        text    not null,
    meter         text    not null,
    customer      text    not null,
    primary key (tenant, meter, meter_version, customer, month)
) with (fillfactor = 80);
comment on table dimension_room is 'How many different dimensions a meter has of a customer in a calendar month (UTC). Once full it stays full.';
comment on column dimension_room.told_at is 'When an exception told that something of it is counted in the remainder.';

create table dimension_set (
    month         date not null,
    meter_version int  not null,
    tenant        text not null,
    meter         text not null,
    customer      text not null,
    dimensions    text not null,
    primary key (tenant, meter, meter_version, customer, month, dimensions)
);
comment on table dimension_set is 'Dimensions that are kept apart; others of a full month are counted in the remainder.';

-- What is counted already is kept apart, whatever the bound.
insert into dimension_set (tenant, meter, meter_version, customer, month, dimensions)
select distinct tenant, meter, meter_version, customer, date_trunc('month', bucket, 'UTC')::date, dimensions
from aggregate where dimensions <> '{}';
insert into dimension_room (tenant, meter, meter_version, customer, month, sets)
select tenant, meter, meter_version, customer, month, count(*) from dimension_set group by 1, 2, 3, 4, 5;
