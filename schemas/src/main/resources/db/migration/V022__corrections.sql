-- Owner: io.weir.ledger
-- Corrections: an entry is taken back by a row here, and what stands in its place is a further entry. Nothing is edited or deleted.

create table correction (
    event_key    uuid        not null,
    sequence     int         not null check (sequence > 0),
    kind         text        not null check (kind in ('void', 'amendment')),
    reversed_at  timestamptz,
    replaced_at  timestamptz,
    digest       uuid,
    tenant       text        not null,
    reason       text        not null,
    corrected_by text        not null,
    correlation  text        not null,
    corrected_at timestamptz not null,
    primary key (event_key, sequence),
    unique (event_key, reversed_at),
    check (kind = 'amendment' and replaced_at is not null and digest is not null
           or kind = 'void' and reversed_at is not null and replaced_at is null and digest is null)
);
comment on table correction is 'Voids and amendments of recorded events; the last one of an event says what stands of it.';
comment on column correction.reversed_at is 'recorded_at of the entry that is taken back: each at most once. Null where none stood, since it was voided before.';
comment on column correction.replaced_at is 'recorded_at of the entry that stands instead.';
comment on column correction.digest is 'Of the replacement''s content: an event of it that comes again is a duplicate.';
comment on column entry.log_partition is '-1: made of what could not be read at first; -2: what an amendment put in another entry''s place.';

create view entry_standing as
select e.* from entry e
where not exists (select from correction c where c.event_key = e.event_key and c.reversed_at = e.recorded_at);
comment on view entry_standing is 'The entries that stand: whoever counts reads these.';

create view entry_original as
select e.* from entry e where e.log_partition > -2;
comment on view entry_original is 'What was sent, whatever became of it later: one entry an event.';

create view event_standing as
select i.event_key, case when c.event_key is null then i.recorded_at else c.replaced_at end as recorded_at,
       coalesce(c.replaced_at, c.reversed_at, i.recorded_at) as last_at,
       case when c.event_key is null then i.digest else c.digest end as digest, coalesce(c.sequence, 0) as corrections
from event_id i
left join lateral (
    select * from correction c where c.event_key = i.event_key order by c.sequence desc limit 1) c on true;
comment on view event_standing is 'Which entry stands of an event. recorded_at and digest are null of one that is voided; last_at is the entry that stood last.';
