-- Owner: io.weir.rating
-- Charge lines: the difference between what should stand and what is charged already. Append only.

create table billing_run (
    run          text primary key,
    tenant       text        not null references tenant,
    span_from    timestamptz not null,
    span_to      timestamptz not null,
    requested_by text        not null,
    correlation  text        not null,
    charges      int         not null,
    created_at   timestamptz not null
);

create table charge (
    charge_key            text primary key,
    run                   text        not null references billing_run,
    tenant                text        not null references tenant,
    customer              text        not null,
    subscription          text        not null,
    subscription_revision bigint      not null,
    item                  text        not null,
    meter                 text        not null,
    legal_entity          text        not null,
    bill_to               text        not null,
    price                 text        not null,
    price_version         int         not null,
    unit                  text        not null,
    quantity              numeric     not null,
    unit_price            numeric     not null,
    amount                numeric     not null,
    currency              text        not null,
    month                 date        not null,
    span_from             timestamptz not null,
    span_to               timestamptz not null,
    sequence              int         not null,
    correlation           text        not null,
    created_at            timestamptz not null,
    unique (tenant, subscription, subscription_revision, meter, price, price_version, month, sequence)
);
create index charge_listing on charge (tenant, created_at, charge_key);
comment on column charge.sequence is 'First charge of its subscription, meter, price and month is 1; each adjustment the next.';
comment on column charge.amount is 'Rounded once, on the month''s cumulated quantity, less what was charged before: roundings never add up.';

create table charge_hour (
    tenant                text        not null,
    subscription          text        not null,
    meter                 text        not null,
    hour                  timestamptz not null,
    subscription_revision bigint      not null,
    charge_key            text        not null references charge,
    quantity              numeric     not null,
    primary key (tenant, subscription, meter, hour, subscription_revision, charge_key)
);
comment on table charge_hour is 'How much of each hour''s usage is charged, and by which charge: the proof that no usage is charged twice.';
