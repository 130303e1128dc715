-- Owner: io.weir.entitlement
-- Grants: what a customer may use beyond (or without) a plan. A PUT replaces: the old revision is closed, not edited.

create table entitlement_grant (
    tenant       text        not null references tenant,
    customer     text        not null,
    grant_key    text        not null,
    revision     bigint      not null,
    feature      text        not null,
    unlimited    boolean     not null default false,
    amount       numeric,
    priority     int         not null default 0,
    effective_at timestamptz not null,
    expires_at   timestamptz not null default 'infinity',
    created_at   timestamptz not null,
    replaced_at  timestamptz not null default 'infinity',
    primary key (tenant, customer, grant_key, revision),
    check (unlimited or amount is not null)
);
create unique index entitlement_grant_current on entitlement_grant (tenant, customer, grant_key) where replaced_at = 'infinity';
