-- Owner: io.weir.policies
-- What principals hold: roles, pairs of roles that exclude each other; to what a key is narrowed; which tier is a tenant's default.

create table role (
    tenant text   not null references tenant,
    role   text   not null,
    scopes text[] not null,
    primary key (tenant, role)
);
comment on table role is 'A named set of scopes. A key passes where its own scopes and those of its principal''s roles both allow it.';

create table role_exclusion (
    tenant text not null,
    role   text not null,
    other  text not null,
    primary key (tenant, role, other),
    foreign key (tenant, role) references role,
    foreign key (tenant, other) references role,
    check (role < other)
);
comment on table role_exclusion is 'No principal holds both; a pair is kept once, the lesser name first.';

create table principal_role (
    tenant    text not null,
    principal text not null,
    role      text not null,
    primary key (tenant, principal, role),
    foreign key (tenant, principal) references principal,
    foreign key (tenant, role) references role
);

alter table api_key
    add column name         text,
    add column event_types  text[],
    add column sources      text[],
    add column system       text check (system in ('product', 'crm', 'billing', 'erp', 'support')),
    add column customers    text[],
    add column created_by   text,
    add column rotated_from text;
create index api_key_of_tenant on api_key (tenant, key_id);
comment on column api_key.event_types is 'Types that it may post, exact or with a trailing *; null: all. Sources likewise.';
comment on column api_key.system is 'The system that it speaks for; null: none.';
comment on column api_key.customers is 'The customers that it may see; null: all.';
comment on column api_key.created_by is 'The principal that made it; null for one that was seeded.';
comment on column api_key.rotated_from is 'The key that it takes the place of.';

alter table access_tier add column is_default boolean not null default false;
create unique index access_tier_default on access_tier (tenant) where is_default;
comment on column access_tier.is_default is 'The tier of a key that is made without one.';
update access_tier set is_default = true where tier = 'standard';

-- Principals that are there go on with what their keys hold: each gets a role of its own name.
insert into role (tenant, role, scopes)
select k.tenant, k.principal, array_agg(distinct s) from api_key k, unnest(k.scopes) s group by k.tenant, k.principal;
insert into principal_role (tenant, principal, role)
select p.tenant, p.principal, p.principal from principal p join role r on r.tenant = p.tenant and r.role = p.principal;

insert into role_exclusion (tenant, role, other)
select a.tenant, a.role, f.role from role a join role f on f.tenant = a.tenant
where a.tenant = 'demo' and a.role = 'approver' and f.role = 'finance';

alter table change add column object text;
comment on column change.object is 'Which object of that kind, such as the id of a key; null: any of the tenant''s.';
