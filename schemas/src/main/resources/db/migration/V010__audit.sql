-- Owner: io.weir.audit (reading and verification); every stage appends by audit_append, inside the transaction of its act.
-- Who did what, when, and what it changed: append-only, and one chain of hashes a tenant.

create table audit_entry (
    tenant        text        not null references tenant,
    sequence      bigint      not null check (sequence > 0),
    acted_at      timestamptz not null,
    principal     text        not null,
    credential    text        not null,
    act           text        not null,
    kind          text        not null,
    object        text        not null,
    state_before  text,
    state_after   text,
    correlation   text        not null,
    previous_hash bytea       not null check (octet_length(previous_hash) = 32),
    hash          bytea       not null check (octet_length(hash) = 32),
    primary key (tenant, sequence)
);
create index audit_entry_time on audit_entry (tenant, acted_at);
create index audit_entry_object on audit_entry (tenant, object, sequence);
create index audit_entry_principal on audit_entry (tenant, principal, sequence);
comment on column audit_entry.act is 'One of io.weir.schemas.Act.';
comment on column audit_entry.state_before is 'JSON in the canonical form of RFC 8785; null where there was nothing. Never a secret.';
comment on column audit_entry.hash is 'SHA-256 of the entry as canonical JSON (RFC 8785), the hash before it included.';

create table audit_head (
    tenant   text   primary key references tenant,
    sequence bigint not null,
    hash     bytea  not null
);
comment on table audit_head is 'Where each tenant''s chain ends; its row is locked by who appends, last before the commit.';

create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is append-only' using errcode = 'restrict_violation';
end $$;

create function audit_head_forward() returns trigger language plpgsql as $$
begin
    if new.tenant <> old.tenant or new.sequence <> old.sequence + 1 then
        raise exception 'the head of the audit trail moves one entry at a time' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_refuse();
create trigger audit_head_stays before delete or truncate on audit_head
    for each statement execute function audit_refuse();
create trigger audit_head_forward before update on audit_head
    for each row execute function audit_head_forward();
alter table audit_entry enable always trigger audit_entry_append_only;
alter table audit_head enable always trigger audit_head_stays;
alter table audit_head enable always trigger audit_head_forward;

create function audit_append(
    of_tenant text, by_principal text, by_credential text, of_correlation text, what text, of_kind text, of_object text,
    was text, becomes text) returns bigint language plpgsql as $$
declare
    head audit_head%rowtype;
    at   timestamptz;
    next bytea;
begin
    insert into audit_head (tenant, sequence, hash) values (of_tenant, 0, decode(repeat('00', 32), 'hex'))
    on conflict (tenant) do nothing;
    select * into strict head from audit_head h where h.tenant = of_tenant for update;
    at := clock_timestamp(); -- Behind the lock, so that times follow the sequence.
    next := sha256(convert_to(
        '{"act":' || to_json(what)
        || coalesce(',"after":' || becomes, '')
        || ',"at":' || to_json(to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        || coalesce(',"before":' || was, '')
        || ',"correlation":' || to_json(of_correlation)
        || ',"credential":' || to_json(by_credential)
        || ',"kind":' || to_json(of_kind)
        || ',"object":' || to_json(of_object)
        || ',"previousHash":"' || encode(head.hash, 'hex')
        || '","principal":' || to_json(by_principal)
        || ',"sequence":' || (head.sequence + 1)
        || ',"tenant":' || to_json(of_tenant) || '}', 'UTF8'));
    insert into audit_entry (tenant, sequence, acted_at, principal, credential, act, kind, object, state_before,
                             state_after, correlation, previous_hash, hash)
    values (of_tenant, head.sequence + 1, at, by_principal, by_credential, what, of_kind, of_object, was, becomes,
            of_correlation, head.hash, next);
    update audit_head h set sequence = head.sequence + 1, hash = next where h.tenant = of_tenant;
    return head.sequence + 1;
end $$;
comment on function audit_append is 'Appends an act to the chain of its tenant; called last in the transaction of the act.';
