-- Owner: io.weir.exceptions (exception_owner); columns of another stage's table are written by that stage alone.
-- Who looks after an exception, and how each was tried again and resolved.

create table exception_owner (
    tenant      text        not null references tenant,
    exception   text        not null,
    owner       text        not null,
    assigned_at timestamptz not null,
    primary key (tenant, exception)
);
create index exception_owner_owner on exception_owner (tenant, owner);
comment on table exception_owner is 'Who looks after an exception of any stage; what nobody looks after has no row.';
comment on column exception_owner.exception is 'Id as the API gives it, such as L-12 or P-eid.';

-- Of io.weir.ledger.
alter table ledger_exception add column tried_at timestamptz;
alter table ledger_exception add column resolved_by text;
alter table ledger_exception add column comment text;
alter table ledger_exception add column replay text;
comment on column ledger_exception.resolution is 'matched, recorded, duplicate or conflict by itself; written_off, fixed or accepted by a person.';
comment on column ledger_exception.replay is 'The last replay that tried it again: its progress is counted by this.';
create index ledger_exception_replay on ledger_exception (replay) where replay is not null;

-- Of io.weir.posting.
alter table posting_document add column resolution text;
alter table posting_document add column resolved_by text;
alter table posting_document add column resolved_at timestamptz;
alter table posting_document add column comment text;
alter table posting_document add check ((resolution is null) or (state = 'rejected'));
comment on column posting_document.resolution is 'How a held document was given up: written_off, fixed or accepted. It is never sent.';
create index posting_document_held on posting_document (tenant) where state = 'held' or resolution is not null;
