-- Owner: io.weir.policies
-- What commands with an Idempotency-Key were answered: the row is the claim to run the command, then its answer.

create table idempotency (
    tenant        text        not null references tenant,
    principal     text        not null,
    key           text        not null,
    digest        bytea       not null check (octet_length(digest) = 32),
    fence         bigint      not null default 1,
    node          text        not null,
    claimed_at    timestamptz not null,
    claimed_until timestamptz not null,
    status        int,
    header_names  text[],
    header_values text[],
    content_type  text,
    body          bytea,
    primary key (tenant, principal, key)
);
create index idempotency_age on idempotency (claimed_at);
create index idempotency_open on idempotency (node) where status is null;
comment on column idempotency.digest is 'SHA-256 of method, path and body: the same key with another one is refused.';
comment on column idempotency.fence is 'Rises with each claim; an answer is kept only under the fence that it was reached under.';
comment on column idempotency.status is 'Null while the command runs, and for ever where its node died: then its outcome is not known.';
comment on column idempotency.body is 'Null where it holds a secret or is too large: then the answer cannot be given again.';
