package io.weir.ledger;

/** SQL of what the ledger reads of the master data: who a subject is, which meters count its events, and how. */
final class CatalogTable {
    static final String ACCOUNTS_BY_SUBJECT = """
            select q.tenant, q.name, i.customer, s.subscription, s.revision, s.effective_from, s.effective_to,
                s.starts_at, s.ends_at, l.item, l.meter, l.legal_entity
            from unnest($1::text[], $2::text[]) as q(tenant, name)
            join customer_identity i on i.tenant = q.tenant and i.system = 'product' and i.key = q.name
                and i.effective_to = 'infinity'
            left join subscription s on s.tenant = i.tenant and s.customer = i.customer
            left join subscription_line l on l.tenant = s.tenant and l.subscription = s.subscription
                and l.revision = s.revision
            order by s.subscription, s.revision, l.line
            """;

    static final String ACCOUNTS_BY_SUBSCRIPTION = """
            select q.tenant, q.name, o.customer, s.subscription, s.revision, s.effective_from, s.effective_to,
                s.starts_at, s.ends_at, l.item, l.meter, l.legal_entity
            from unnest($1::text[], $2::text[]) as q(tenant, name)
            join subscription o on o.tenant = q.tenant and o.subscription = q.name and o.effective_to = 'infinity'
            join subscription s on s.tenant = o.tenant and s.customer = o.customer
            left join subscription_line l on l.tenant = s.tenant and l.subscription = s.subscription
                and l.revision = s.revision
            order by s.subscription, s.revision, l.line
            """;

    static final String ACCOUNTS_BY_CUSTOMER = """
            select q.tenant, q.name, q.name as customer, s.subscription, s.revision, s.effective_from, s.effective_to,
                s.starts_at, s.ends_at, l.item, l.meter, l.legal_entity
            from unnest($1::text[], $2::text[]) as q(tenant, name)
            join subscription s on s.tenant = q.tenant and s.customer = q.name
            left join subscription_line l on l.tenant = s.tenant and l.subscription = s.subscription
                and l.revision = s.revision
            order by s.subscription, s.revision, l.line
            """;

    /** Every version of the tenant's meters, the newest of each first. */
    static final String METERS = """
            select m.meter, m.version, m.revision, m.event_type, m.aggregation, m.value, m.dimensions,
                m.filter::text as filter
            from meter m join tenant t on t.organisation = m.organisation
            where t.tenant = $1
            order by m.meter, m.version desc
            """;

    /** Versions of schemas that have what meters read in other places. */
    static final String MAPPINGS = """
            select s.event_type, s.version, s.mappings::text as mappings
            from event_type_schema s join tenant t on t.organisation = s.organisation
            where t.tenant = $1 and s.mappings <> '{}'
            """;

    private CatalogTable() {}
}
