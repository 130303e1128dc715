-- Owner: io.weir.reconciliation (source_total); io.weir.ledger (ledger_tally, replay);
-- io.weir.rating (rating_exception).
-- What must add up: what sources say they sent, what the log held, what was recorded; and held events that are tried again together.

create table ledger_tally (
    tenant        text        not null,
    hour          timestamptz not null,
    event_type    text        not null,
    log_partition int         not null,
    recorded      bigint      not null,
    duplicates    bigint      not null,
    conflicts     bigint      not null,
    unreadable    bigint      not null,
    primary key (tenant, hour, event_type, log_partition)
) with (fillfactor = 70);
comment on table ledger_tally is 'What the ledger read from the log, written with each batch, apart from the entries that it made of it.';
comment on column ledger_tally.hour is 'Of the event''s time; of what could not be read, of its arrival, with an empty type.';
comment on column ledger_tally.log_partition is 'A part of the key, so that two loops never write one row.';
insert into ledger_tally (tenant, hour, event_type, log_partition, recorded, duplicates, conflicts, unreadable)
select tenant, date_trunc('hour', event_time, 'UTC'), event_type, log_partition, count(*), 0, 0, 0
from entry group by 1, 2, 3, 4;

create table source_total (
    total         bigint generated always as identity unique,
    tenant        text        not null references tenant,
    source        text        not null,
    event_type    text        not null,
    hour          timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    sent          bigint      not null check (sent >= 0),
    sums          jsonb       not null,
    declared_by   text        not null,
    declared_at   timestamptz not null,
    recorded      bigint,
    recorded_sums jsonb,
    complete      boolean     not null default false,
    checked_at    timestamptz,
    attempts      int         not null default 0,
    tried_at      timestamptz,
    opened_at     timestamptz,
    resolved_at   timestamptz,
    resolution    text,
    resolved_by   text,
    comment       text,
    primary key (tenant, source, event_type, hour)
);
create index source_total_unsettled on source_total (checked_at nulls first) where not complete;
create index source_total_hour on source_total (tenant, hour);
create index source_total_exception on source_total (tenant, opened_at) where opened_at is not null;
comment on table source_total is 'What a source says it sent in an hour of its events'' time, and whether that is recorded.';
comment on column source_total.sums is 'Sums by JSON Pointer into the event, as decimals in texts.';
comment on column source_total.tried_at is 'When somebody asked for a check; Weir''s own are in checked_at alone.';
comment on column source_total.opened_at is 'When a gap was found: an exception incomplete_source, open until resolved_at.';

create table rating_exception (
    failure      bigint generated always as identity unique,
    tenant       text        not null references tenant,
    customer     text        not null,
    subscription text        not null,
    meter        text        not null,
    first_hour   timestamptz not null,
    last_hour    timestamptz not null,
    quantity     numeric     not null,
    detail       text        not null,
    attempts     int         not null default 1,
    opened_at    timestamptz not null,
    tried_at     timestamptz not null,
    resolved_at  timestamptz,
    resolution   text,
    resolved_by  text,
    comment      text,
    primary key (tenant, subscription, meter)
);
comment on table rating_exception is 'Usage that the subscription bills and its plan prices, but that no price in force fits: exception rating_failed.';
comment on column rating_exception.attempts is 'How many billing runs could not rate it.';

create table replay (
    replay      text primary key,
    tenant      text        not null references tenant,
    state       text        not null check (state in ('awaiting_approval', 'approved', 'rejected', 'done')),
    exceptions  bigint[],
    opened_from timestamptz,
    opened_to   timestamptz,
    reason      text,
    last        bigint      not null,
    rate        int         not null check (rate > 0),
    comment     text,
    preview     text        not null,
    result      text,
    correlation text        not null,
    created_by  text        not null,
    created_at  timestamptz not null,
    decided_by  text,
    decided_at  timestamptz,
    next_at     timestamptz,
    started_at  timestamptz,
    ended_at    timestamptz,
    check (decided_by is null or decided_by <> created_by)
);
create index replay_listing on replay (tenant, created_at, replay);
create index replay_due on replay (next_at) where state = 'approved';
comment on table replay is 'Exceptions that are tried again together, once another principal approved it.';
comment on column replay.preview is 'JSON: what would change, by the same code in a transaction that was rolled back.';
comment on column replay.result is 'JSON: how many were tried and what became of them, once it is done.';
comment on column replay.last is 'The greatest exception that there was when it was asked for: what is opened later is not in it.';
comment on column replay.next_at is 'When its next part may run: what keeps it at its rate, on all nodes together.';
