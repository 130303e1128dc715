-- Owner: io.weir.ledger
-- An id that was forgotten may be recorded anew, and is another event then: corrections of before are not of that one.

create or replace view event_standing as
select i.event_key, case when c.event_key is null then i.recorded_at else c.replaced_at end as recorded_at,
       coalesce(c.replaced_at, c.reversed_at, i.recorded_at) as last_at,
       case when c.event_key is null then i.digest else c.digest end as digest, coalesce(c.sequence, 0) as corrections
from event_id i
left join lateral (
    select * from correction c where c.event_key = i.event_key and c.corrected_at > i.recorded_at
    order by c.sequence desc limit 1) c on true;
comment on column correction.sequence is 'Of all that an id ever had; those made before the id was recorded, as it is now, are of another event.';
