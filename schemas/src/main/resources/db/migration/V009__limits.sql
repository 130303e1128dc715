-- Owner: io.weir.policies
-- Limits: what a tier may hold beside requests and events, a tier over all credentials of a tenant, and the month's tanks.

alter table access_tier
    alter column requests_per_second drop not null,
    alter column requests_burst drop not null,
    alter column events_per_second drop not null,
    alter column events_burst drop not null,
    add column bytes_per_second bigint check (bytes_per_second > 0),
    add column bytes_burst bigint check (bytes_burst > 0),
    add column concurrent_requests integer check (concurrent_requests > 0),
    add column events_per_month bigint check (events_per_month > 0),
    add column fail_mode text not null default 'share' check (fail_mode in ('closed', 'open', 'share')),
    add column of_tenant boolean not null default false,
    add check ((requests_per_second is null) = (requests_burst is null)),
    add check ((events_per_second is null) = (events_burst is null)),
    add check ((bytes_per_second is null) = (bytes_burst is null));
comment on column access_tier.of_tenant is 'the tier that the tenant is in, over all its credentials; none: the tenant is not limited';
comment on column access_tier.requests_per_second is 'null: not limited, as every limit of a tier';

create unique index access_tier_of_tenant on access_tier (tenant) where of_tenant;
create table quota_month (
    tenant text   not null references tenant,
    holder text   not null,
    month  date   not null,
    used   bigint not null check (used >= 0),
    given  bigint not null,
    primary key (tenant, holder, month)
);
comment on table quota_month is 'the tank of a month: used is what nodes have reserved, spent or not; given is what the last statement added';
comment on column quota_month.holder is 'id of a credential, or * for the whole tenant';

create table quota_reservation (
    tenant   text        not null,
    holder   text        not null,
    month    date        not null,
    node     text        not null,
    reserved bigint      not null,
    spent    bigint      not null,
    at       timestamptz not null default now(),
    primary key (tenant, holder, month, node),
    foreign key (tenant, holder, month) references quota_month
);
comment on table quota_reservation is 'what each node has reserved of a tank and not given back, and how much of it it had spent when it last said so';
