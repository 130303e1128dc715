package io.weir.ledger;

/** SQL of the dictionaries of entries. A row that the asking transaction made itself is told as its own: it may yet be undone. */
final class DictionaryTable {
    static final String STREAMS = """
            select s.stream as number, s.tenant, s.source, s.event_type, s.schema_version,
                s.xmin = pg_current_xact_id()::xid as own
            from unnest($1::text[], $2::text[], $3::text[], $4::int[]) as n(tenant, source, event_type, schema_version)
            join entry_stream s using (tenant, source, event_type, schema_version)
            """;

    static final String INSERT_STREAMS = """
            insert into entry_stream (tenant, source, event_type, schema_version)
            select tenant, source, event_type, schema_version
            from unnest($1::text[], $2::text[], $3::text[], $4::int[]) as n(tenant, source, event_type, schema_version)
            order by tenant, event_type, source, schema_version
            on conflict do nothing
            """;

    static final String STREAMS_OF = "select count(*) as streams from entry_stream where tenant = $1";

    static final String OWNERS = """
            select o.owner as number, o.tenant, o.customer, o.subscription, o.subscription_revision, o.item, o.legal_entity, o.held,
                o.xmin = pg_current_xact_id()::xid as own
            from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
                as n(tenant, customer, subscription, subscription_revision, item, legal_entity, held)
            join entry_owner o on o.tenant = n.tenant and o.customer is not distinct from n.customer
                and o.subscription is not distinct from n.subscription
                and o.subscription_revision is not distinct from n.subscription_revision
                and o.item is not distinct from n.item and o.legal_entity is not distinct from n.legal_entity
                and o.held is not distinct from n.held
            """;

    static final String INSERT_OWNERS = """
            insert into entry_owner (owner, tenant, customer, subscription, subscription_revision, item, legal_entity, held)
            select nextval('entry_owner_number')
                    * case when customer is not null and subscription is null and held is null then -1 else 1 end,
                tenant, customer, subscription, subscription_revision, item, legal_entity, held
            from (select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
                    as n(tenant, customer, subscription, subscription_revision, item, legal_entity, held)
                  order by tenant, customer, subscription, subscription_revision, item, legal_entity, held) n
            on conflict do nothing
            """;

    private DictionaryTable() {}
}
