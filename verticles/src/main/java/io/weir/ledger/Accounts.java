package io.weir.ledger;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.Instants;
import io.weir.schemas.Locks;
import io.weir.schemas.MeterKey;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one loop knows of the master data, at one revision of it: accounts by name, meters by event type. Each transaction
 * reads the revision under the lock that writers of master data exclude; another revision than the known one empties it.
 * The caches are bounded by {@code ledger.subjectCacheSize} and may lose anything at any time; what a batch loaded is held
 * apart until the next one, so that a full cache never makes a known account unknown.
 */
final class Accounts {
    /** What an account is named by. */
    enum By {
        SUBJECT(CatalogTable.ACCOUNTS_BY_SUBJECT),
        SUBSCRIPTION(CatalogTable.ACCOUNTS_BY_SUBSCRIPTION),
        CUSTOMER(CatalogTable.ACCOUNTS_BY_CUSTOMER);

        private final String query;

        By(String query) {
            this.query = query;
        }
    }

    /** How an event names its account, by subject or subscription; what is counted already names it by customer. */
    record Name(TenantId tenant, By by, String name) {}

    private final Cache<Name, Optional<Account>> accounts;
    private final Cache<TenantId, Catalog> meters;
    private Map<Name, Optional<Account>> loaded = Map.of();
    private Map<TenantId, Catalog> loadedMeters = Map.of();
    private final Dictionary dictionary;
    private long revision = -1;

    Accounts(int size) {
        accounts = Caffeine.newBuilder().maximumSize(size).build();
        meters = Caffeine.newBuilder().maximumSize(size).build();
        dictionary = new Dictionary(size);
    }

    /** The numbers of what accounts and events have in common; they never change. */
    Dictionary dictionary() {
        return dictionary;
    }

    /** The master-data revision that this is true at. */
    long revision() {
        return revision;
    }

    /** Takes the shared lock, to the end of the transaction, and the revision that nobody can change until then. */
    void lock(SqlConnection sql) {
        sql.preparedQuery(LedgerTable.LOCK_SHARED).execute(Tuple.of(Locks.MASTER_DATA));
        at(Future.await(sql.preparedQuery(LedgerTable.MASTER_REVISION).execute())
                .iterator()
                .next()
                .getLong("revision"));
    }

    /** Takes the current revision. */
    void at(long current) {
        if (current != revision) {
            accounts.invalidateAll();
            meters.invalidateAll();
            revision = current;
        }
    }

    /** Loads what is not known of these names, in a query for each way of naming and one for each tenant that is new. */
    void load(SqlConnection sql, Set<Name> names) {
        Map<Name, Optional<Account>> batch = HashMap.newHashMap(names.size());
        Map<TenantId, Catalog> batchMeters = new HashMap<>();
        Map<By, List<Name>> missing = new HashMap<>();
        for (Name name : names) {
            Optional<Account> known = accounts.getIfPresent(name);
            if (known == null) {
                missing.computeIfAbsent(name.by, by -> new ArrayList<>()).add(name);
            } else {
                batch.put(name, known);
            }
            if (!batchMeters.containsKey(name.tenant)) {
                batchMeters.put(name.tenant, metersOf(sql, name.tenant));
            }
        }
        missing.forEach((by, wanted) -> {
            Map<Name, Account> found =
                    accounts(by, Future.await(sql.preparedQuery(by.query).execute(tuple(wanted))));
            for (Name name : wanted) {
                Optional<Account> account = Optional.ofNullable(found.get(name));
                batch.put(name, account);
                accounts.put(name, account);
            }
        });
        loaded = batch;
        loadedMeters = batchMeters;
    }

    /** Loads the meters of these tenants, and no accounts. */
    void loadMeters(SqlConnection sql, Set<TenantId> tenants) {
        loaded = Map.of();
        loadedMeters = new HashMap<>();
        tenants.forEach(tenant -> loadedMeters.put(tenant, metersOf(sql, tenant)));
    }

    private Catalog metersOf(SqlConnection sql, TenantId tenant) {
        Catalog known = meters.getIfPresent(tenant);
        if (known == null) {
            known = Future.await(meters(sql, tenant));
            meters.put(tenant, known);
        }
        return known;
    }

    /** The account of that name; null where there is none. {@link #load} was called for it. */
    @Nullable
    Account account(Name name) {
        Optional<Account> found = loaded.get(name);
        if (found == null) {
            throw new IllegalStateException("not loaded: " + name);
        }
        return found.orElse(null);
    }

    /** The meters that count events of that version of the type. {@link #load} was called for the tenant. */
    List<Meter> meters(TenantId tenant, String eventType, int schemaVersion) {
        return catalog(tenant).newest(eventType, schemaVersion);
    }

    /** As {@link Catalog#countedBy} says. {@link #load} was called for the tenant. */
    List<Meter> countedBy(TenantId tenant, String eventType, int schemaVersion, long then, Predicate<Meter> wentBack) {
        return catalog(tenant).countedBy(eventType, schemaVersion, then, wentBack);
    }

    /** A version of a meter. {@link #load} was called for the tenant. */
    Optional<Meter> version(TenantId tenant, String meter, int version) {
        return catalog(tenant).version(meter, version);
    }

    private Catalog catalog(TenantId tenant) {
        Catalog catalog = loadedMeters.get(tenant);
        if (catalog == null) {
            throw new IllegalStateException("not loaded: " + tenant);
        }
        return catalog;
    }

    private static Tuple tuple(List<Name> names) {
        return Tuple.tuple()
                .addArrayOfString(
                        names.stream().map(name -> name.tenant.value()).toArray(String[]::new))
                .addArrayOfString(names.stream().map(Name::name).toArray(String[]::new));
    }

    private static Map<Name, Account> accounts(By by, RowSet<Row> rows) {
        Map<Name, CustomerId> customers = new HashMap<>();
        Map<Name, Map<List<Object>, Account.Term>> terms = new HashMap<>();
        for (Row row : rows) {
            Name name = new Name(new TenantId(row.getString("tenant")), by, row.getString("name"));
            customers.put(name, new CustomerId(row.getString("customer")));
            Map<List<Object>, Account.Term> own = terms.computeIfAbsent(name, absent -> new LinkedHashMap<>());
            if (row.getString("subscription") != null) {
                own.computeIfAbsent(
                                List.of(row.getString("subscription"), row.getLong("revision")), absent -> term(row))
                        .lines()
                        .addAll(line(row));
            }
        }
        Map<Name, Account> accounts = new HashMap<>();
        customers.forEach((name, customer) -> accounts.put(
                name,
                new Account(
                        customer, List.copyOf(terms.getOrDefault(name, Map.of()).values()))));
        return accounts;
    }

    private static Account.Term term(Row row) {
        return new Account.Term(
                new SubscriptionId(row.getString("subscription")),
                row.getLong("revision"),
                Instants.of(row.getOffsetDateTime("effective_from")),
                Instants.of(row.getOffsetDateTime("effective_to")),
                Instants.of(row.getOffsetDateTime("starts_at")),
                Instants.of(row.getOffsetDateTime("ends_at")),
                new ArrayList<>());
    }

    private static List<Account.Line> line(Row row) {
        return row.getString("meter") == null
                ? List.of()
                : List.of(new Account.Line(
                        new MeterKey(row.getString("meter")), row.getString("item"), row.getString("legal_entity")));
    }

    private static Future<Catalog> meters(SqlConnection sql, TenantId tenant) {
        Future<RowSet<Row>> mappings = sql.preparedQuery(CatalogTable.MAPPINGS).execute(Tuple.of(tenant.value()));
        return sql.preparedQuery(CatalogTable.METERS)
                .execute(Tuple.of(tenant.value()))
                .map(rows -> {
                    List<Meter> versions = new ArrayList<>();
                    for (Row row : rows) {
                        versions.add(Meter.of(row));
                    }
                    return versions;
                })
                .compose(versions -> mappings.map(rows -> Catalog.of(versions, mappings(rows))));
    }

    private static Map<Catalog.Schema, FieldMapping> mappings(RowSet<Row> rows) {
        Map<Catalog.Schema, FieldMapping> mappings = new HashMap<>();
        for (Row row : rows) {
            mappings.put(
                    new Catalog.Schema(row.getString("event_type"), row.getInteger("version")),
                    FieldMapping.of(row.getString("mappings")));
        }
        return mappings;
    }
}
