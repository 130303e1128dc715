-- Owner: io.weir.masterdata
-- What an event type is beside its schemas: how its versions may differ, when one ends, where meters find what a version
-- renamed, and the key that classified values are hashed with.

create table event_type (
    organisation  text   not null references organisation,
    event_type    text   not null,
    revision      bigint not null,
    compatibility text   not null check (compatibility in ('backward', 'forward', 'full', 'none')),
    primary key (organisation, event_type, revision)
);
comment on table event_type is 'Settings of an event type by revision; one without a row has the defaults.';
comment on column event_type.compatibility is 'backward: a new version accepts what the last one accepted. forward: the reverse. full: both.';

alter table event_type_schema add column mappings jsonb not null default '{}';
comment on column event_type_schema.mappings is 'Where this version has what meters read: their JSON Pointer, and the one in its events.';

create table event_type_deprecation (
    organisation  text        not null,
    event_type    text        not null,
    version       int         not null,
    revision      bigint      not null,
    deprecated_at timestamptz not null,
    sunset_at     timestamptz,
    link          text,
    primary key (organisation, event_type, version, revision),
    foreign key (organisation, event_type, version) references event_type_schema,
    check (sunset_at is null or sunset_at >= deprecated_at)
);
comment on table event_type_deprecation is 'That a version of a schema ends; the greatest revision counts.';

create table classification_key (
    organisation text  not null primary key references organisation,
    hash_key     bytea not null check (octet_length(hash_key) = 32)
);
comment on table classification_key is 'A secret: with it a hashed value can be guessed. Never given out, never changed, or equal values would differ.';
