package io.weir.entitlement;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.CustomerId;
import io.weir.schemas.TenantId;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** Reads what entitlement answers follow from. */
final class EntitlementTable {
    /**
     * Everything about customers, of one snapshot because of one statement: rows of several kinds with the same columns.
     * {@code n} is the customer's number in the question, {@code organisation} the owner of plans and features. Of closed
     * subscriptions and grants only the sum of revisions is wanted, with one more for each: so the version of an answer
     * rises also when a subscription moves to another customer. Plans are those of all subscriptions there ever were, so
     * that it does not fall when a plan is left.
     */
    static final String LOAD = """
            with asked as materialized (
                select a.n, a.tenant, a.customer, t.organisation, c.revision
                from unnest($1::text[], $2::text[]) with ordinality as a (tenant, customer, n)
                join tenant t on t.tenant = a.tenant
                join customer c on c.tenant = a.tenant and c.customer = a.customer and c.effective_to = 'infinity'
            ), signed as materialized (
                select a.n, a.organisation, s.subscription, s.plan, s.starts_at, s.ends_at,
                       s.effective_to = 'infinity' as current, s.revision
                from asked a
                join subscription s on s.tenant = a.tenant and s.customer = a.customer
            ), granted as materialized (
                select a.n, g.grant_key, g.feature, g.unlimited, g.amount, g.effective_at, g.expires_at,
                       g.replaced_at = 'infinity' as current, g.revision
                from asked a
                join entitlement_grant g on g.tenant = a.tenant and g.customer = a.customer
            ), planned as materialized (
                select p.organisation, p.plan, latest.revision
                from (select distinct organisation, plan from signed) p
                cross join lateral (
                    select l.revision from plan l
                    where l.organisation = p.organisation and l.plan = p.plan
                    order by l.revision desc limit 1
                ) as latest
            )
            select 'customer' as kind, n, organisation, customer as key, null::text as ref, revision,
                   null::numeric as amount, null::boolean as flag, null::boolean as unlimited,
                   null::timestamptz as begins, null::timestamptz as ends, null::text as word, null::text as config
            from asked
            union all
            select 'plan', null, organisation, plan, null, revision, null, null, null, null, null, null, null
            from planned
            union all
            select 'plan_feature', null, f.organisation, f.plan, f.feature, f.revision,
                   f.allowance, f.enabled, f.unlimited, null, null, f.overage, f.config::text
            from planned p
            join plan_feature f on f.organisation = p.organisation and f.plan = p.plan and f.revision = p.revision
            union all
            select * from (
                select distinct on (f.organisation, f.feature) 'feature', null::bigint, f.organisation, f.feature, f.meter,
                       f.revision, null::numeric, null::boolean, null::boolean,
                       null::timestamptz, null::timestamptz, f.kind, null::text
                from feature f
                where f.organisation in (select organisation from asked)
                order by f.organisation, f.feature, f.revision desc
            ) as features
            union all
            select 'subscription', n, organisation, subscription, plan, revision, null, null, null,
                   nullif(starts_at, '-infinity'), nullif(ends_at, 'infinity'), null, null
            from signed where current
            union all
            select 'grant', n, null, grant_key, feature, revision, amount, null, unlimited,
                   nullif(effective_at, '-infinity'), nullif(expires_at, 'infinity'), null, null
            from granted where current
            union all
            select 'closed', n, organisation, null, plan, sum(revision + 1)::bigint,
                   null, null, null, null, null, null, null
            from signed where not current group by n, organisation, plan
            union all
            select 'closed', n, null, null, null, sum(revision + 1)::bigint, null, null, null, null, null, null, null
            from granted where not current group by n
            union all
            select 'usage', a.n, null, u.meter, null, sum(u.revision)::bigint,
                   sum(u.value) filter (where u.month = $3::date), null, null, null, null, null, null
            from asked a
            join usage_month u on u.tenant = a.tenant and u.customer = a.customer
            group by a.n, u.meter
            """;

    static final String CUSTOMER_OF = """
            select customer from customer_identity
            where tenant = $1 and system = 'product' and key = $2 and effective_to = 'infinity'
            """;

    private final Pool pool;
    private final FactsReader reader = new FactsReader();

    EntitlementTable(Pool pool) {
        this.pool = pool;
    }

    /** The facts of each customer, in order; empty where there is no such customer. */
    Future<List<Optional<Facts>>> load(List<Slot.Key> keys, LocalDate month) {
        String[] tenants = new String[keys.size()];
        String[] customers = new String[keys.size()];
        for (int i = 0; i < tenants.length; i++) {
            tenants[i] = keys.get(i).tenant().value();
            customers[i] = keys.get(i).customer().value();
        }
        return pool.preparedQuery(LOAD)
                .execute(Tuple.of(tenants, customers, month))
                .map(rows -> reader.facts(keys, rows));
    }

    Future<Optional<CustomerId>> customerOf(TenantId tenant, String subject) {
        return pool.preparedQuery(CUSTOMER_OF)
                .execute(Tuple.of(tenant.value(), subject))
                .map(rows -> {
                    for (Row row : rows) {
                        return Optional.of(new CustomerId(row.getString(0)));
                    }
                    return Optional.empty();
                });
    }
}
