-- Owner: io.weir.posting
-- Outbound: connections to foreign systems, and governed batches of documents delivered to them.

create table connection (
    tenant     text not null references tenant,
    connection text not null,
    system     text not null check (system in ('erp', 'crm', 'billing', 'support')),
    vendor     text not null,
    region     text not null,
    base_url   text not null,
    credential text not null,
    mode       text not null check (mode in ('off', 'shadow', 'live')),
    primary key (tenant, connection)
);
comment on column connection.credential is 'A reference (file:...), never the secret itself.';

create table connection_route (
    tenant       text not null,
    legal_entity text not null,
    kind         text not null check (kind in ('invoice', 'credit', 'journal', 'usage')),
    connection   text not null,
    primary key (tenant, legal_entity, kind),
    foreign key (tenant, connection) references connection
);

create table posting_run (
    run          text primary key,
    assembled_at timestamptz not null
);
comment on table posting_run is 'Billing runs whose charges are in postings. A run that is not here lost its node between the two.';

create table posting (
    posting     text primary key,
    tenant      text        not null references tenant,
    run         text        not null,
    kind        text        not null check (kind in ('invoice', 'credit', 'journal', 'usage')),
    connection  text        not null,
    state       text        not null check (state in ('awaiting_approval', 'approved', 'posting', 'posted', 'held', 'rejected', 'reversed')),
    currency    text        not null,
    total       numeric     not null,
    lines       int         not null,
    sha256      text        not null,
    manifest    text        not null,
    created_by  text        not null,
    correlation text        not null,
    created_at  timestamptz not null,
    decided_by  text,
    decided_at  timestamptz,
    comment     text,
    check (decided_by is null or decided_by <> created_by)
);
create index posting_run_postings on posting (run);
create index posting_listing on posting (tenant, created_at, posting);
comment on column posting.connection is 'Empty where no route leads from the legal entity to one: held until there is.';
comment on column posting.manifest is 'The exact text whose SHA-256 was approved: documents, lines, control totals.';

create table posting_document (
    external_id   text primary key,
    posting       text        not null references posting,
    tenant        text        not null,
    legal_entity  text        not null,
    customer      text        not null,
    bill_to       text        not null,
    subscription  text        not null,
    period        text        not null,
    sequence      int         not null,
    dated         date        not null,
    currency      text        not null,
    total         numeric     not null,
    lines         int         not null,
    state         text        not null check (state in ('waiting', 'due', 'claimed', 'sent', 'posted', 'held', 'rejected')),
    fence         bigint      not null default 0,
    claimed_until timestamptz,
    due_at        timestamptz not null,
    attempts      int         not null default 0,
    document      text,
    reason        text,
    detail        text,
    posted_at     timestamptz,
    unique (tenant, subscription, period, sequence)
);
create index posting_document_posting on posting_document (posting);
create index posting_document_due on posting_document (due_at) where state in ('due', 'claimed', 'sent');
comment on column posting_document.period is 'Calendar month (yyyymm, UTC) of its last usage; with the sequence it makes the external id.';
comment on column posting_document.dated is 'Its date in the ERP: the day of its last usage.';
comment on column posting_document.fence is 'Rises with each claim; an outcome names the fence that it was reached under, or is not taken.';

create table posting_line (
    charge_key  text primary key,
    posting     text not null references posting,
    external_id text not null references posting_document,
    line        int  not null,
    unique (external_id, line)
);
comment on table posting_line is 'Each charge is in one document at most: the primary key says so.';

create table posting_attempt (
    attempt     bigint generated always as identity primary key,
    external_id text        not null references posting_document,
    fence       bigint      not null,
    action      text        not null check (action in ('lookup', 'write')),
    started_at  timestamptz not null,
    finished_at timestamptz,
    outcome     text,
    http_status int,
    code        text,
    detail      text
);
create index posting_attempt_document on posting_attempt (external_id, attempt);
comment on column posting_attempt.outcome is 'What the ERP, or the way to it, answered: one of io.weir.posting.ErpOutcome.';
comment on table posting_attempt is 'Written before the call: a write without an outcome is ambiguous, and is looked up before it is sent again.';
