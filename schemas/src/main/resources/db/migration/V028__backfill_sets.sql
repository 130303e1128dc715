-- Owner: io.weir.ledger
-- Backfill sets: events of the past that are loaded apart from the log, looked at, and then recorded together or dropped.

create table backfill_set (
    backfill_set      text primary key,
    tenant            text        not null references tenant,
    state             text        not null default 'open' check (state in ('open', 'closed', 'dropped', 'expired')),
    period_correction boolean     not null,
    customer          text,
    span_from         timestamptz not null,
    span_to           timestamptz not null,
    reason            text        not null,
    events            int         not null default 0,
    lines             int         not null default 0,
    revision          bigint      not null default 0,
    loaded_by         text[]      not null default '{}',
    created_by        text        not null,
    created_at        timestamptz not null,
    expires_at        timestamptz not null,
    ended_by          text,
    ended_at          timestamptz,
    result            text,
    check (span_from < span_to),
    check ((state = 'open') = (ended_at is null)),
    check (not (state = 'closed' and period_correction and (ended_by = created_by or ended_by = any (loaded_by))))
);
create index backfill_set_listing on backfill_set (tenant, created_at, backfill_set);
create index backfill_set_open on backfill_set (tenant, expires_at) where state = 'open';
comment on table backfill_set is 'Events of the past that are recorded together, or not at all.';
comment on column backfill_set.period_correction is 'Whether its events may be older than the tenant otherwise takes them; then another principal closes it.';
comment on column backfill_set.revision is 'Rises with each load: what was previewed is what is closed.';
comment on column backfill_set.lines is 'The last line that was given to an event.';
comment on column backfill_set.result is 'JSON: what became of its events, once it is closed.';

comment on column entry.log_partition is
    '-1: made of what could not be read at first; -2: what an amendment put in another entry''s place; -3: came by a backfill set.';
create or replace view entry_original as
select e.* from entry e where e.log_partition <> -2;

create table backfill_event (
    backfill_set   text        not null references backfill_set,
    line           int         not null,
    schema_version int         not null,
    event_key      uuid        not null,
    digest         uuid        not null,
    event_time     timestamptz not null,
    received_at    timestamptz not null,
    source         text        not null,
    id             text        not null,
    correlation    text        not null,
    outcome        text check (outcome in ('recorded', 'duplicate', 'conflict')),
    payload        bytea,
    primary key (backfill_set, line),
    check ((outcome is null) = (payload is not null))
);
create unique index backfill_event_once on backfill_event (backfill_set, event_key, digest);
create index backfill_event_key on backfill_event (event_key);
comment on table backfill_event is 'An event of a set: with its payload while the set is open, with what became of it once it is closed.';
