package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Audited;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Locks;
import io.weir.schemas.MeterKey;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The SQL of customers, identities, contracts and subscriptions, and how their rows are read. */
final class MasterDataTable {
    static final String LOCK = "select pg_advisory_xact_lock($1)";

    static final String NEXT_REVISION = "update master_data set revision = revision + 1 returning revision";

    static final String INSERT_CHANGES =
            "insert into change (tenant, customer, kind) select $1::text, c, $3::text from unnest($2::text[]) c";

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    static final String CUSTOMER = """
            select c.customer, c.revision, nullif(c.effective_from, '-infinity') as effective_from, c.name, c.parent,
                   array(select i.system from customer_identity i
                         where i.tenant = c.tenant and i.customer = c.customer and i.effective_to = 'infinity'
                         order by i.system, i.key) as systems,
                   array(select i.key from customer_identity i
                         where i.tenant = c.tenant and i.customer = c.customer and i.effective_to = 'infinity'
                         order by i.system, i.key) as keys,
                   (select jsonb_object_agg(f.field, jsonb_strip_nulls(jsonb_build_object(
                               'system', f.system, 'originId', f.origin_id, 'principal', f.principal,
                               'at', to_char(f.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))))::text
                    from field_provenance f
                    where f.tenant = c.tenant and f.object = 'customer' and f.id = c.customer) as provenance
            from customer c
            where c.tenant = $1 and c.customer = $2 and c.effective_to = 'infinity'
            """;

    static final String CUSTOMERS = """
            select c.customer, c.revision, nullif(c.effective_from, '-infinity') as effective_from, c.name, c.parent,
                   array(select i.system from customer_identity i
                         where i.tenant = c.tenant and i.customer = c.customer and i.effective_to = 'infinity'
                         order by i.system, i.key) as systems,
                   array(select i.key from customer_identity i
                         where i.tenant = c.tenant and i.customer = c.customer and i.effective_to = 'infinity'
                         order by i.system, i.key) as keys,
                   (select jsonb_object_agg(f.field, jsonb_strip_nulls(jsonb_build_object(
                               'system', f.system, 'originId', f.origin_id, 'principal', f.principal,
                               'at', to_char(f.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))))::text
                    from field_provenance f
                    where f.tenant = c.tenant and f.object = 'customer' and f.id = c.customer) as provenance
            from customer c
            where c.tenant = $1 and c.customer > $2 and c.effective_to = 'infinity'
              and ($4::text[] is null or c.customer = any ($4))
            order by c.customer
            limit $3
            """;

    /** The customer and all above it; `union` ends a circle, should there ever be one. */
    static final String ANCESTORS = """
            with recursive up as (
                select c.customer, c.parent from customer c
                where c.tenant = $1 and c.customer = $2 and c.effective_to = 'infinity'
                union
                select c.customer, c.parent from up
                join customer c on c.tenant = $1 and c.customer = up.parent and c.effective_to = 'infinity'
            )
            select customer from up
            """;

    static final String IDENTITY_OF_ANOTHER = """
            select i.system, i.key, i.customer
            from unnest($3::text[], $4::text[]) with ordinality u (system, key, n)
            join customer_identity i
              on i.tenant = $1 and i.system = u.system and i.key = u.key and i.effective_to = 'infinity'
            where i.customer <> $2
            order by u.n
            limit 1
            """;

    static final String CLOSE_CUSTOMER = """
            update customer set effective_to = $3
            where tenant = $1 and customer = $2 and effective_to = 'infinity'
            """;

    static final String INSERT_CUSTOMER = """
            insert into customer (tenant, customer, revision, effective_from, name, parent)
            values ($1, $2, $3, coalesce($4::timestamptz, '-infinity'), $5, $6)
            """;

    static final String CLOSE_IDENTITIES = """
            update customer_identity set effective_to = $3
            where tenant = $1 and customer = $2 and effective_to = 'infinity'
              and not exists (select from unnest($4::text[], $5::text[]) u (system, key)
                              where u.system = customer_identity.system and u.key = customer_identity.key)
            """;

    static final String INSERT_IDENTITIES = """
            insert into customer_identity (tenant, system, key, customer, revision, effective_from)
            select $1::text, u.system, u.key, $2::text, $3::bigint,
                   case when exists (select from customer_identity o
                                     where o.tenant = $1::text and o.system = u.system and o.key = u.key)
                        then $4::timestamptz else '-infinity' end
            from unnest($5::text[], $6::text[]) u (system, key)
            where not exists (select from customer_identity o
                              where o.tenant = $1::text and o.system = u.system and o.key = u.key
                                and o.effective_to = 'infinity')
            """;

    static final String SUBSCRIPTION =
            subscriptions("where s.tenant = $1 and s.subscription = $2 and s.effective_to = 'infinity'");

    static final String SUBSCRIPTIONS = subscriptions("""
            where s.tenant = $1 and s.subscription > $2 and s.effective_to = 'infinity'
              and ($3::text is null or s.customer = $3)
            order by s.subscription
            limit $4
            """);

    /** Subscriptions with their lines. */
    private static String subscriptions(String which) {
        return """
            select s.subscription, s.revision, nullif(s.effective_from, '-infinity') as effective_from, s.customer,
                   s.contract, s.plan, s.starts_at, nullif(s.ends_at, 'infinity') as ends_at, s.currency,
                   l.items, l.meters, l.legal_entities, l.bill_tos,
                   (select jsonb_object_agg(f.field, jsonb_strip_nulls(jsonb_build_object(
                               'system', f.system, 'originId', f.origin_id, 'principal', f.principal,
                               'at', to_char(f.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))))::text
                    from field_provenance f
                    where f.tenant = s.tenant and f.object = 'subscription' and f.id = s.subscription) as provenance
            from subscription s
            cross join lateral (
                select array_agg(x.item order by x.line) as items, array_agg(x.meter order by x.line) as meters,
                       array_agg(x.legal_entity order by x.line) as legal_entities,
                       array_agg(x.bill_to order by x.line) as bill_tos
                from subscription_line x
                where x.tenant = s.tenant and x.subscription = s.subscription and x.revision = s.revision) l
            """ + which;
    }

    static final String SUBSCRIPTION_FACTS = """
            select exists (select from customer c
                           where c.tenant = $1 and c.customer = $2 and c.effective_to = 'infinity') as customer_known,
                   exists (select from plan p where p.organisation = $3 and p.plan = $4) as plan_known,
                   (select c.customer from contract c
                    where c.tenant = $1 and c.contract = $5 and c.effective_to = 'infinity') as contract_customer,
                   array(select m from unnest($6::text[]) m
                         where not exists (select from meter where organisation = $3 and meter = m)) as unknown_meters,
                   array(select m from unnest($6::text[]) m
                         where (select n.aggregation from meter n where n.organisation = $3 and n.meter = m
                                order by n.version desc limit 1) not in ('count', 'sum')) as unbilled_meters,
                   array(select b from unnest($7::text[]) b
                         where not exists (select from customer c where c.tenant = $1 and c.customer = b
                                             and c.effective_to = 'infinity')) as unknown_customers
            """;

    static final String PRICED_METERS = """
            select distinct on (meter) price, meter
            from price
            where organisation = $1 and plan = $2 and currency = $3
            order by meter, revision desc, price
            """;

    static final String CLOSE_SUBSCRIPTION = """
            update subscription set effective_to = $3
            where tenant = $1 and subscription = $2 and effective_to = 'infinity'
            """;

    static final String INSERT_SUBSCRIPTION = """
            insert into subscription (tenant, subscription, revision, effective_from, customer, contract, plan, starts_at,
                                      ends_at, currency)
            values ($1, $2, $3, coalesce($4::timestamptz, '-infinity'), $5, $6, $7, $8,
                    coalesce($9::timestamptz, 'infinity'), $10)
            """;

    static final String INSERT_LINES = """
            insert into subscription_line (tenant, subscription, revision, line, item, meter, legal_entity, bill_to)
            select $1::text, $2::text, $3::bigint, u.n, u.item, u.meter, u.legal_entity, u.bill_to
            from unnest($4::text[], $5::text[], $6::text[], $7::text[])
                 with ordinality u (item, meter, legal_entity, bill_to, n)
            """;

    static final String CLOSE_CONTRACT = """
            update contract set effective_to = $3
            where tenant = $1 and contract = $2 and effective_to = 'infinity'
              and (customer, starts_at, ends_at)
                  is distinct from ($4, $5::timestamptz, coalesce($6::timestamptz, 'infinity'))
            """;

    static final String INSERT_CONTRACT = """
            insert into contract (tenant, contract, revision, effective_from, customer, starts_at, ends_at)
            select $1::text, $2::text, $3::bigint,
                   case when exists (select from contract o where o.tenant = $1::text and o.contract = $2::text)
                        then $4::timestamptz else '-infinity' end,
                   $5::text, $6::timestamptz, coalesce($7::timestamptz, 'infinity')
            where not exists (select from contract o
                              where o.tenant = $1::text and o.contract = $2::text and o.effective_to = 'infinity')
            """;

    /** What is known of the objects that a subscription names; unbilled are meters that do not add up. */
    record Facts(
            boolean customerKnown,
            boolean planKnown,
            @Nullable String contractCustomer,
            Set<String> unknownMeters,
            Set<String> unbilledMeters,
            Set<String> unknownCustomers) {}

    private MasterDataTable() {}

    static Future<Long> nextRevision(SqlClient client) {
        return client.preparedQuery(NEXT_REVISION)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    static Future<?> lock(SqlClient client) {
        return client.preparedQuery(LOCK).execute(Tuple.of(Locks.MASTER_DATA));
    }

    static Future<?> changes(SqlClient client, TenantId tenant, Collection<String> customers) {
        return client.preparedQuery(INSERT_CHANGES)
                .execute(Tuple.of(tenant.value(), customers.toArray(String[]::new), ChangeKind.MASTER_DATA.name()));
    }

    static Future<?> audit(SqlClient client, Audited act) {
        return client.preparedQuery(AUDIT).execute(Tuple.tuple(act.parameters()));
    }

    static Future<Optional<Revised<Commands.Customer>>> customer(SqlClient client, TenantId tenant, CustomerId id) {
        return client.preparedQuery(CUSTOMER)
                .execute(Tuple.of(tenant.value(), id.value()))
                .map(rows -> rowsOf(rows).stream().findFirst().map(MasterDataTable::customer));
    }

    static Future<List<Revised<Commands.Customer>>> customers(
            SqlClient client, TenantId tenant, @Nullable Set<CustomerId> only, String after, int limit) {
        String[] among =
                only == null ? null : only.stream().map(CustomerId::value).toArray(String[]::new);
        return client.preparedQuery(CUSTOMERS)
                .execute(Tuple.of(tenant.value(), after, limit).addArrayOfString(among))
                .map(rows ->
                        rowsOf(rows).stream().map(MasterDataTable::customer).toList());
    }

    static Future<Optional<Revised<Commands.Subscription>>> subscription(
            SqlClient client, TenantId tenant, SubscriptionId id) {
        return client.preparedQuery(SUBSCRIPTION)
                .execute(Tuple.of(tenant.value(), id.value()))
                .map(rows -> rowsOf(rows).stream().findFirst().map(MasterDataTable::subscription));
    }

    static Future<List<Revised<Commands.Subscription>>> subscriptions(
            SqlClient client, TenantId tenant, @Nullable CustomerId customer, String after, int limit) {
        return client.preparedQuery(SUBSCRIPTIONS)
                .execute(Tuple.of(tenant.value(), after, customer == null ? null : customer.value(), limit))
                .map(rows ->
                        rowsOf(rows).stream().map(MasterDataTable::subscription).toList());
    }

    static Future<Facts> facts(
            SqlClient client, Commands.PutSubscription put, String contract, String[] meters, String[] billTos) {
        Commands.Subscription content = put.content();
        Tuple parameters = Tuple.of(
                put.tenant().value(), content.customer().value(), put.organisation(), content.plan(), contract);
        return client.preparedQuery(SUBSCRIPTION_FACTS)
                .execute(parameters.addArrayOfString(meters).addArrayOfString(billTos))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Facts(
                            row.getBoolean("customer_known"),
                            row.getBoolean("plan_known"),
                            row.getString("contract_customer"),
                            Set.copyOf(List.of(row.getArrayOfStrings("unknown_meters"))),
                            Set.copyOf(List.of(row.getArrayOfStrings("unbilled_meters"))),
                            Set.copyOf(List.of(row.getArrayOfStrings("unknown_customers"))));
                });
    }

    static Future<List<Commands.SubscriptionLine>> defaultLines(SqlClient client, Commands.PutSubscription put) {
        Commands.Subscription content = put.content();
        return client.preparedQuery(PRICED_METERS)
                .execute(Tuple.of(put.organisation(), content.plan(), content.currency()))
                .map(rows -> rowsOf(rows).stream()
                        .map(row -> new Commands.SubscriptionLine(
                                row.getString("price"), new MeterKey(row.getString("meter")), null, null))
                        .toList());
    }

    static List<Row> rowsOf(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false).toList();
    }

    static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime value = row.getOffsetDateTime(column);
        return value == null ? null : value.toInstant();
    }

    static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : Instants.utc(instant);
    }

    private static Revised<Commands.Customer> customer(Row row) {
        String[] systems = row.getArrayOfStrings("systems");
        String[] keys = row.getArrayOfStrings("keys");
        List<Commands.Identity> identities = new ArrayList<>();
        for (int i = 0; i < systems.length; i++) {
            identities.add(new Commands.Identity(systems[i], keys[i]));
        }
        String parent = row.getString("parent");
        return new Revised<>(
                row.getString("customer"),
                new Commands.Customer(
                        row.getString("name"), List.copyOf(identities), parent == null ? null : new CustomerId(parent)),
                row.getLong("revision"),
                instant(row, "effective_from"),
                provenance(row));
    }

    private static Revised<Commands.Subscription> subscription(Row row) {
        return new Revised<>(
                row.getString("subscription"),
                new Commands.Subscription(
                        new CustomerId(row.getString("customer")),
                        row.getString("contract"),
                        row.getString("plan"),
                        row.getOffsetDateTime("starts_at").toInstant(),
                        instant(row, "ends_at"),
                        row.getString("currency"),
                        lines(row)),
                row.getLong("revision"),
                instant(row, "effective_from"),
                provenance(row));
    }

    private static @Nullable JsonNode provenance(Row row) {
        String text = row.getString("provenance");
        return text == null ? null : Json.tree(text);
    }

    private static List<Commands.SubscriptionLine> lines(Row row) {
        String[] items = row.getArrayOfStrings("items");
        if (items == null) {
            return List.of();
        }
        String[] meters = row.getArrayOfStrings("meters");
        String[] legalEntities = row.getArrayOfStrings("legal_entities");
        String[] billTos = row.getArrayOfStrings("bill_tos");
        List<Commands.SubscriptionLine> lines = new ArrayList<>();
        for (int i = 0; i < items.length; i++) {
            lines.add(new Commands.SubscriptionLine(
                    items[i], new MeterKey(meters[i]), legalEntities[i], new CustomerId(billTos[i])));
        }
        return List.copyOf(lines);
    }
}
