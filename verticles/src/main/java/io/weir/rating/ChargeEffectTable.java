package io.weir.rating;

/** The SQL of what usage that is not counted yet would be charged. */
final class ChargeEffectTable {
    /** By what each is billed, of those that are: tenant 1, organisation 2; subscription, revision and meter 3 to 5. */
    static final String TERMS = """
            select k.subscription, k.revision, k.meter, s.customer, s.plan, s.currency, l.item, l.legal_entity, l.bill_to,
                   m.unit, m.version
            from unnest($3::text[], $4::bigint[], $5::text[]) as k(subscription, revision, meter)
            join subscription s on s.tenant = $1 and s.subscription = k.subscription and s.revision = k.revision
            cross join lateral (
                select item, legal_entity, bill_to from subscription_line l
                where l.tenant = $1 and l.subscription = k.subscription and l.revision = k.revision and l.meter = k.meter
                order by line limit 1) l
            cross join lateral (
                select unit, version from meter m where m.organisation = $2 and m.meter = k.meter
                order by version desc limit 1) m
            """;

    private ChargeEffectTable() {}
}
