-- Owner: io.weir.masterdata
-- Meters as they are written over the API: every aggregation, filters, percentiles, and who answers for a meter.

alter table meter drop constraint meter_aggregation_check;
alter table meter add constraint meter_aggregation_check check (
    aggregation in ('count', 'sum', 'min', 'max', 'avg', 'latest', 'unique', 'weighted_sum', 'percentile'));
alter table meter add column percentile numeric;
alter table meter add constraint meter_percentile_check check (
    (aggregation = 'percentile') = (percentile is not null) and percentile > 0 and percentile <= 100);
alter table meter add column filter jsonb;
comment on column meter.filter is 'Which events count, by io.weir.schemas.MeterFilter; null for all of the type.';
comment on column meter.version is 'A definition never changes: a changed one is the next version.';

create table meter_description (
    organisation text   not null references organisation,
    meter        text   not null,
    revision     bigint not null,
    owner        text,
    purpose      text,
    primary key (organisation, meter, revision)
);
comment on table meter_description is 'Who answers for a meter, and what it is for; the greatest revision counts, whichever the version.';

create function meter_adds_up() returns trigger language plpgsql as $$
begin
    if new.meter is not null and exists (
        select from meter m where m.organisation = new.organisation and m.meter = new.meter
            and m.aggregation not in ('count', 'sum')) then
        raise exception 'meter % does not add up: only count and sum can back a feature or a price', new.meter
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
comment on function meter_adds_up is 'Balances and charges are sums of quarters, which only some quantities are.';
create trigger feature_meter_adds_up before insert or update on feature for each row execute function meter_adds_up();
create trigger price_meter_adds_up before insert or update on price for each row execute function meter_adds_up();
