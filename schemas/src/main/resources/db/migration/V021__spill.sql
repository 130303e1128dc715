-- Owner: io.weir.policies
-- Kafka away: what becomes of a tier's events, and (owner io.weir.ledger) which nodes hold accepted events that are not in the log yet.

alter table access_tier
    add column kafka_away text not null default 'refuse' check (kafka_away in ('refuse', 'spill'));
comment on column access_tier.kafka_away is 'while the log does not take events: refuse with 503, or keep them on the node''s disk until it does';

create table spilled (
    node   text        not null primary key,
    oldest timestamptz not null
);
comment on table spilled is 'Nodes that hold accepted events on their disk: until they are in the log nothing behind the oldest counts as whole.';
