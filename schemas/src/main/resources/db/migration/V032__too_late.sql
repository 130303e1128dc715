-- Owner: io.weir.ledger
-- Events that came to be recorded so late that an id of them may be forgotten: exceptions too_late, and a count of their own.

alter table ledger_progress add column too_late bigint not null default 0;
alter table ledger_tally add column too_late bigint not null default 0;

alter table ledger_exception add column digest uuid;
alter table ledger_exception add column received_at timestamptz;
alter table ledger_exception add column logged_at timestamptz;
alter table ledger_exception add column schema_version int;
comment on column ledger_exception.digest is 'Of too_late: its content, so that a repetition opens no second exception.';
comment on column ledger_exception.received_at is 'Of too_late, as logged_at and schema_version: what its entry would have, and has once a person has it recorded.';
