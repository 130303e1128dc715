-- Owner: io.weir.policies
-- Who may pass. A principal is the person or service; it may hold several keys. Of a key only the hash is kept.

create table principal (
    tenant    text not null references tenant,
    principal text not null,
    kind      text not null check (kind in ('person', 'service')),
    name      text not null,
    primary key (tenant, principal)
);

create table access_tier (
    tenant              text   not null references tenant,
    tier                text   not null,
    requests_per_second bigint not null check (requests_per_second > 0),
    requests_burst      bigint not null check (requests_burst > 0),
    events_per_second   bigint not null check (events_per_second > 0),
    events_burst        bigint not null check (events_burst > 0),
    primary key (tenant, tier)
);

create table api_key (
    key_id        text primary key,
    tenant        text        not null,
    principal     text        not null,
    tier          text        not null,
    secret_sha256 bytea       not null check (octet_length(secret_sha256) = 32),
    scopes        text[]      not null,
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null default 'infinity',
    revoked_at    timestamptz,
    foreign key (tenant, principal) references principal,
    foreign key (tenant, tier) references access_tier
);
