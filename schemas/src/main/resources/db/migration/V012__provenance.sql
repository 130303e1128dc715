-- Owner: io.weir.masterdata
-- Which system owns which field of master data, and who wrote each field last.

create table field_owner_default (
    object text not null check (object in ('customer', 'subscription')),
    field  text not null,
    system text not null check (system in ('product', 'crm', 'erp', 'billing', 'support')),
    primary key (object, field)
);
comment on table field_owner_default is 'The owner of a field where the organisation has not said otherwise.';
insert into field_owner_default (object, field, system) values
    ('customer', '/name', 'crm'),
    ('customer', '/parent', 'crm'),
    ('customer', '/identities/product', 'product'),
    ('customer', '/identities/crm', 'crm'),
    ('customer', '/identities/erp', 'erp'),
    ('customer', '/identities/billing', 'billing'),
    ('customer', '/identities/support', 'support'),
    ('subscription', '/customer', 'billing'),
    ('subscription', '/contract', 'billing'),
    ('subscription', '/plan', 'billing'),
    ('subscription', '/from', 'billing'),
    ('subscription', '/to', 'billing'),
    ('subscription', '/currency', 'billing'),
    ('subscription', '/lines', 'billing');

create table field_owner (
    organisation text not null references organisation,
    object       text not null,
    field        text not null,
    system       text not null check (system in ('product', 'crm', 'erp', 'billing', 'support')),
    primary key (organisation, object, field),
    foreign key (object, field) references field_owner_default
);
comment on table field_owner is 'Part of an organisation''s catalog: the owner of a field in place of the default one.';

create table field_provenance (
    tenant    text        not null references tenant,
    object    text        not null,
    id        text        not null,
    field     text        not null,
    system    text,
    at        timestamptz not null,
    origin_id text,
    principal text        not null,
    primary key (tenant, object, id, field)
);
comment on table field_provenance is 'Who gave each field the value that it has now; what was before is in the audit trail.';
comment on column field_provenance.system is 'The system that the credential spoke for; null for none.';
comment on column field_provenance.origin_id is 'The writer''s own id of what made it write: Weir-Origin-Id.';
