package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Commands;
import io.weir.schemas.Cursor;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Page;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what stands now: master data of a tenant, catalog of an organisation; empty where there is no such object. */
public final class MasterDataQueries {
    private final Pool report;

    /** @param report connections of the flow class that answers reports */
    public MasterDataQueries(Pool report) {
        this.report = report;
    }

    /** A customer with its identities, ordered by system and key. */
    public Future<Optional<Revised<Commands.Customer>>> customer(TenantId tenant, CustomerId customer) {
        return MasterDataTable.customer(report, tenant, customer);
    }

    /** Customers by their key; only those where that is not null. */
    public Future<Page<Revised<Commands.Customer>>> customers(
            TenantId tenant, @Nullable Set<CustomerId> only, int limit, @Nullable String cursor) {
        return after(cursor)
                .compose(after -> MasterDataTable.customers(report, tenant, only, after, limit + 1))
                .map(found -> page(found, limit));
    }

    /** A subscription with all its lines. */
    public Future<Optional<Revised<Commands.Subscription>>> subscription(TenantId tenant, SubscriptionId subscription) {
        return MasterDataTable.subscription(report, tenant, subscription);
    }

    /** Subscriptions by their key, of one customer or of all. */
    public Future<Page<Revised<Commands.Subscription>>> subscriptions(
            TenantId tenant, @Nullable CustomerId customer, int limit, @Nullable String cursor) {
        return after(cursor)
                .compose(after -> MasterDataTable.subscriptions(report, tenant, customer, after, limit + 1))
                .map(found -> page(found, limit));
    }

    /** A plan with what it says of each feature. */
    public Future<Optional<Revised<Catalog.Plan>>> plan(String organisation, String plan) {
        return first(CatalogTable.PLAN, Tuple.of(organisation, plan), Function.identity())
                .compose(row -> row.isEmpty()
                        ? Future.succeededFuture(Optional.empty())
                        : all(
                                        CatalogTable.PLAN_FEATURES,
                                        Tuple.of(organisation, plan, row.get().getLong("revision")),
                                        CatalogTable::planFeature)
                                .map(features -> Optional.of(CatalogTable.plan(row.get(), features))));
    }

    /** All versions of a price, oldest first; none where there is no such price. */
    public Future<List<Revised<Catalog.Price>>> priceVersions(String organisation, String price) {
        return all(CatalogTable.PRICE_VERSIONS, Tuple.of(organisation, price, null), CatalogTable::price);
    }

    /** One version of a price. */
    public Future<Optional<Revised<Catalog.Price>>> price(String organisation, String price, int version) {
        return first(CatalogTable.PRICE_VERSIONS, Tuple.of(organisation, price, version), CatalogTable::price);
    }

    /** A feature. */
    public Future<Optional<Revised<Catalog.Feature>>> feature(String organisation, String feature) {
        return first(CatalogTable.FEATURE, Tuple.of(organisation, feature), CatalogTable::feature);
    }

    /** A meter in its latest version. */
    public Future<Optional<Revised<Catalog.Meter>>> meter(String organisation, String meter) {
        return MeterTable.meters(report, organisation, meter)
                .map(found -> found.stream().findFirst());
    }

    /** All meters by their key, each in its latest version. */
    public Future<List<Revised<Catalog.Meter>>> meters(String organisation) {
        return MeterTable.meters(report, organisation, null);
    }

    /** The owning system of each field, by kind of object and pointer. */
    public Future<Map<String, Map<String, String>>> fieldOwners(String organisation) {
        return ProvenanceTable.owners(report, organisation);
    }

    /** All event types by their key. */
    public Future<List<Catalog.EventType>> eventTypes(String organisation) {
        return EventTypeTable.types(report, organisation, null);
    }

    /** An event type. */
    public Future<Optional<Catalog.EventType>> eventType(String organisation, String type) {
        return EventTypeTable.types(report, organisation, type)
                .map(found -> found.stream().findFirst());
    }

    /** The versions of an event type's JSON Schema, oldest first, without their text. */
    public Future<List<Catalog.SchemaVersion>> schemas(String organisation, String type) {
        return EventTypeTable.schemas(report, organisation, type, null);
    }

    /** One version of an event type's JSON Schema. */
    public Future<Optional<Catalog.SchemaVersion>> schema(String organisation, String type, int version) {
        return EventTypeTable.schemas(report, organisation, type, version)
                .map(found -> found.stream().findFirst());
    }

    private <T> Future<Optional<T>> first(String sql, Tuple parameters, Function<Row, T> read) {
        return all(sql, parameters, read).map(rows -> rows.stream().findFirst());
    }

    private <T> Future<List<T>> all(String sql, Tuple parameters, Function<Row, T> read) {
        return report.preparedQuery(sql)
                .execute(parameters)
                .map(rows -> MasterDataTable.rowsOf(rows).stream().map(read).toList());
    }

    /** Where the list goes on; a refused cursor is a failed future. */
    private static Future<String> after(@Nullable String cursor) {
        return Future.succeededFuture(cursor).map(text -> Objects.requireNonNullElse(Cursor.after(text), ""));
    }

    private static <T> Page<Revised<T>> page(List<Revised<T>> found, int limit) {
        return Page.upTo(found, limit, item -> Cursor.of(item.id()));
    }
}
