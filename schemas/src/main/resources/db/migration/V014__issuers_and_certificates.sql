-- Owner: io.weir.policies
-- Which client certificate, and which subject of a token issuer, is which principal.

create table client_certificate (
    tenant      text        not null references tenant,
    name        text        not null,
    revision    bigint      not null default 1,
    fingerprint bytea       check (octet_length(fingerprint) = 32),
    subject     text,
    issuer      text,
    principal   text        not null,
    tier        text        not null,
    scopes      text[]      not null,
    not_before  timestamptz,
    not_after   timestamptz,
    created_at  timestamptz not null default now(),
    revoked_at  timestamptz,
    primary key (tenant, name),
    constraint client_certificate_principal foreign key (tenant, principal) references principal,
    constraint client_certificate_tier foreign key (tenant, tier) references access_tier,
    check ((fingerprint is null) = (subject is not null) and (subject is null) = (issuer is null))
);
create unique index client_certificate_fingerprint on client_certificate (fingerprint) where revoked_at is null;
create unique index client_certificate_subject on client_certificate (subject, issuer) where revoked_at is null;
create index client_certificate_revoked on client_certificate (fingerprint) where revoked_at is not null;
create index client_certificate_revoked_subject on client_certificate (subject, issuer) where revoked_at is not null;
comment on table client_certificate is 'A certificate that a caller may show in place of a key: one alone (fingerprint), or whatever an authority gives a subject.';
comment on column client_certificate.fingerprint is 'SHA-256 of the certificate in DER.';
comment on column client_certificate.subject is 'Distinguished name (RFC 2253); with issuer: also certificates that are renewed under that name.';
comment on column client_certificate.revoked_at is 'For good: a revoked row stays, so that its certificate stays refused.';

create table token_subject (
    tenant     text        not null references tenant,
    name       text        not null,
    revision   bigint      not null default 1,
    issuer     text        not null,
    subject    text        not null,
    principal  text        not null,
    created_at timestamptz not null default now(),
    primary key (tenant, name),
    unique (tenant, issuer, subject),
    constraint token_subject_principal foreign key (tenant, principal) references principal
);
comment on table token_subject is 'Which principal a subject of a token issuer is. One that is not here is the principal <issuer>#<subject>.';
