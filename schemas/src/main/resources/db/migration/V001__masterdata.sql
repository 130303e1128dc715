-- Owner: io.weir.masterdata
-- Who uses what under which terms. Every row carries the master-data revision that wrote it; a change is a
-- new revision, the old one keeps its effective span, and nothing is edited in place but `effective_to`.

create table master_data (
    singleton boolean primary key default true check (singleton),
    revision  bigint not null default 0
);
comment on table master_data is 'The one counter of master-data revisions. Writers hold its row, so revisions commit in order.';
insert into master_data default values;

create table organisation (
    organisation text primary key,
    name         text not null
);
comment on table organisation is 'Owner of a catalog (event types, meters, features, plans, prices) that its tenants share.';

create table tenant (
    tenant         text primary key,
    organisation   text   not null references organisation,
    name           text   not null,
    region         text   not null,
    past_seconds   bigint not null default 3024000,
    future_seconds bigint not null default 300
);
comment on column tenant.region is 'Home region: a node that does not serve it answers 421.';
comment on column tenant.past_seconds is 'How old an event''s time may be at arrival; 35 days.';

create table customer (
    tenant         text        not null references tenant,
    customer       text        not null,
    revision       bigint      not null,
    effective_from timestamptz not null,
    effective_to   timestamptz not null default 'infinity',
    name           text        not null,
    parent         text,
    primary key (tenant, customer, revision)
);
create unique index customer_current on customer (tenant, customer) where effective_to = 'infinity';

create table customer_identity (
    tenant         text        not null references tenant,
    system         text        not null check (system in ('product', 'crm', 'erp', 'billing', 'support')),
    key            text        not null,
    customer       text        not null,
    revision       bigint      not null,
    effective_from timestamptz not null,
    effective_to   timestamptz not null default 'infinity',
    primary key (tenant, system, key, revision)
);
create unique index customer_identity_current on customer_identity (tenant, system, key) where effective_to = 'infinity';
create index customer_identity_customer on customer_identity (tenant, customer);

create table contract (
    tenant         text        not null references tenant,
    contract       text        not null,
    revision       bigint      not null,
    effective_from timestamptz not null,
    effective_to   timestamptz not null default 'infinity',
    customer       text        not null,
    starts_at      timestamptz not null,
    ends_at        timestamptz not null default 'infinity',
    primary key (tenant, contract, revision)
);
create unique index contract_current on contract (tenant, contract) where effective_to = 'infinity';

create table subscription (
    tenant         text        not null references tenant,
    subscription   text        not null,
    revision       bigint      not null,
    effective_from timestamptz not null,
    effective_to   timestamptz not null default 'infinity',
    customer       text        not null,
    contract       text        not null,
    plan           text        not null,
    starts_at      timestamptz not null,
    ends_at        timestamptz not null default 'infinity',
    currency       text        not null check (currency ~ '^[A-Z]{3}$'),
    primary key (tenant, subscription, revision)
);
create unique index subscription_current on subscription (tenant, subscription) where effective_to = 'infinity';
create index subscription_customer on subscription (tenant, customer);

create table subscription_line (
    tenant       text   not null,
    subscription text   not null,
    revision     bigint not null,
    line         int    not null,
    item         text   not null,
    meter        text   not null,
    legal_entity text   not null,
    bill_to      text   not null,
    primary key (tenant, subscription, revision, line),
    foreign key (tenant, subscription, revision) references subscription
);
comment on table subscription_line is 'What a subscription bills: an item (SKU) for a meter, by a legal entity, to a customer.';

create table event_type_schema (
    organisation text   not null references organisation,
    event_type   text   not null,
    version      int    not null,
    revision     bigint not null,
    schema       jsonb  not null,
    primary key (organisation, event_type, version)
);

create table meter (
    organisation text   not null references organisation,
    meter        text   not null,
    version      int    not null,
    revision     bigint not null,
    event_type   text   not null,
    aggregation  text   not null check (aggregation in ('count', 'sum')),
    value        text,
    dimensions   text[] not null default '{}',
    unit         text   not null,
    primary key (organisation, meter, version),
    check ((aggregation = 'count') or (value is not null))
);
comment on column meter.value is 'JSON Pointer into the event, such as /data/inputTokens; unused by count.';
comment on column meter.revision is 'Entries of an older master-data revision were recorded before this meter: they are its backfill.';

create table feature (
    organisation text   not null references organisation,
    feature      text   not null,
    revision     bigint not null,
    kind         text   not null check (kind in ('boolean', 'static', 'metered')),
    meter        text,
    primary key (organisation, feature, revision),
    check ((kind = 'metered') = (meter is not null))
);

create table plan (
    organisation text   not null references organisation,
    plan         text   not null,
    revision     bigint not null,
    name         text   not null,
    primary key (organisation, plan, revision)
);

create table plan_feature (
    organisation text    not null,
    plan         text    not null,
    revision     bigint  not null,
    feature      text    not null,
    enabled      boolean not null default true,
    unlimited    boolean not null default false,
    allowance    numeric,
    overage      text    not null default 'block' check (overage in ('block', 'allow', 'bill')),
    config       jsonb,
    primary key (organisation, plan, revision, feature),
    foreign key (organisation, plan, revision) references plan
);
comment on column plan_feature.allowance is 'Quantity of the feature''s meter included in each calendar month (UTC).';

create table price (
    organisation text    not null references organisation,
    price        text    not null,
    version      int     not null,
    revision     bigint  not null,
    plan         text    not null,
    meter        text    not null,
    model        text    not null check (model in ('per_unit')),
    unit_price   numeric not null,
    currency     text    not null check (currency ~ '^[A-Z]{3}$'),
    effective_from timestamptz not null default '-infinity',
    primary key (organisation, price, version)
);
