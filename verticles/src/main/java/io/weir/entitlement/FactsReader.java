package io.weir.entitlement;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.weir.entitlement.Catalog.Feature;
import io.weir.entitlement.Catalog.Kind;
import io.weir.entitlement.Facts.Granted;
import io.weir.entitlement.Facts.Overage;
import io.weir.entitlement.Facts.Plan;
import io.weir.entitlement.Facts.PlanFeature;
import io.weir.entitlement.Facts.Term;
import io.weir.entitlement.Facts.Used;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.MeterKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes facts of the rows of {@link EntitlementTable#LOAD}.
 *
 * <p>Customers share their catalog and plans: what was read last for an organisation is used again while its revisions are
 * the same, so that a hundred thousand customers on one plan hold it once.
 */
final class FactsReader {
    private static final int MOST_SHARED = 10_000;
    private static final Plan NOTHING_PLANNED = new Plan(0, Map.of());

    private final Map<String, Shared> catalogs = new ConcurrentHashMap<>();
    private final Map<PlanKey, Plan> plans = new ConcurrentHashMap<>();

    private record PlanKey(String organisation, String plan) {}

    private record Shared(long revision, Catalog catalog) {}

    /** A customer's rows. */
    private static final class Gathered {
        private final Catalog catalog;
        private final Set<Plan> plans = Collections.newSetFromMap(new IdentityHashMap<>(2));
        private long version;
        private final List<Term> terms = new ArrayList<>(1);
        private final List<Granted> grants = new ArrayList<>(0);
        private final Map<MeterKey, Used> used = new HashMap<>(2);

        Gathered(Catalog catalog, long version) {
            this.catalog = catalog;
            this.version = version;
        }

        Facts facts(CustomerId customer) {
            long whole = version;
            for (Plan plan : plans) {
                whole += plan.revision();
            }
            return new Facts(customer, whole, catalog, List.copyOf(terms), List.copyOf(grants), Map.copyOf(used));
        }
    }

    /** The facts of each asked customer, in order. */
    List<Optional<Facts>> facts(List<Slot.Key> keys, RowSet<Row> rows) {
        Map<String, Catalog> features = catalogs(rows);
        Map<PlanKey, Plan> latest = plans(rows);
        @Nullable Gathered[] customers = new @Nullable Gathered[keys.size()];
        for (Row row : rows) {
            if (row.getString("kind").equals("customer")) {
                Catalog catalog = features.getOrDefault(row.getString("organisation"), Catalog.EMPTY);
                customers[number(row)] = new Gathered(catalog, row.getLong("revision"));
            }
        }
        for (Row row : rows) {
            Gathered customer = row.getLong("n") == null ? null : customers[number(row)];
            if (customer != null) {
                gather(row, customer, latest);
            }
        }
        List<Optional<Facts>> facts = new ArrayList<>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            Gathered customer = customers[i];
            facts.add(
                    customer == null
                            ? Optional.empty()
                            : Optional.of(customer.facts(keys.get(i).customer())));
        }
        return facts;
    }

    private static void gather(Row row, Gathered customer, Map<PlanKey, Plan> plans) {
        switch (row.getString("kind")) {
            case "subscription" -> {
                Plan plan = plans.getOrDefault(plan(row, "ref"), NOTHING_PLANNED);
                customer.terms.add(new Term(row.getString("key"), plan, begins(row), ends(row)));
                customer.plans.add(plan);
                customer.version += row.getLong("revision");
            }
            case "grant" -> {
                customer.grants.add(grant(row));
                customer.version += row.getLong("revision");
            }
            case "closed" -> {
                if (row.getString("ref") != null) {
                    customer.plans.add(plans.getOrDefault(plan(row, "ref"), NOTHING_PLANNED));
                }
                customer.version += row.getLong("revision");
            }
            case "usage" -> {
                MeterKey meter = customer.catalog.meter(row.getString("key"));
                if (meter != null) {
                    customer.used.put(meter, new Used(orZero(row.getBigDecimal("amount")), row.getLong("revision")));
                }
            }
            default -> {}
        }
    }

    private Map<PlanKey, Plan> plans(RowSet<Row> rows) {
        Map<PlanKey, Map<FeatureKey, PlanFeature>> contents = new HashMap<>();
        Map<PlanKey, Long> revisions = new HashMap<>();
        for (Row row : rows) {
            switch (row.getString("kind")) {
                case "plan" -> revisions.put(plan(row, "key"), row.getLong("revision"));
                case "plan_feature" ->
                    contents.computeIfAbsent(plan(row, "key"), none -> new HashMap<>())
                            .put(new FeatureKey(row.getString("ref")), planFeature(row));
                default -> {}
            }
        }
        Map<PlanKey, Plan> latest = new HashMap<>();
        revisions.forEach((key, revision) ->
                latest.put(key, shared(key, revision, contents.getOrDefault(key, Map.of()))));
        return latest;
    }

    private Plan shared(PlanKey key, long revision, Map<FeatureKey, PlanFeature> features) {
        Plan known = plans.get(key);
        if (known != null && known.revision() == revision) {
            return known;
        }
        Plan plan = new Plan(revision, Map.copyOf(features));
        if (plans.size() < MOST_SHARED || known != null) {
            plans.put(key, plan);
        }
        return plan;
    }

    private Map<String, Catalog> catalogs(RowSet<Row> rows) {
        Map<String, List<Row>> features = new HashMap<>();
        for (Row row : rows) {
            if (row.getString("kind").equals("feature")) {
                features.computeIfAbsent(row.getString("organisation"), none -> new ArrayList<>())
                        .add(row);
            }
        }
        Map<String, Catalog> latest = new HashMap<>();
        features.forEach((organisation, of) -> latest.put(organisation, shared(organisation, of)));
        return latest;
    }

    private Catalog shared(String organisation, List<Row> rows) {
        long revision = 0;
        for (Row row : rows) {
            revision = Math.max(revision, row.getLong("revision"));
        }
        Shared known = catalogs.get(organisation);
        if (known != null && known.revision() == revision && known.catalog().size() == rows.size()) {
            return known.catalog();
        }
        List<Feature> features = new ArrayList<>(rows.size());
        for (Row row : rows) {
            features.add(feature(row, features.size()));
        }
        Catalog catalog = new Catalog(features);
        if (catalogs.size() < MOST_SHARED || known != null) {
            catalogs.put(organisation, new Shared(revision, catalog));
        }
        return catalog;
    }

    private static Feature feature(Row row, int place) {
        String meter = row.getString("ref");
        return new Feature(
                new FeatureKey(row.getString("key")),
                Kind.valueOf(row.getString("word").toUpperCase(Locale.ROOT)),
                meter == null ? null : new MeterKey(meter),
                row.getLong("revision"),
                place);
    }

    private static Granted grant(Row row) {
        return new Granted(
                new FeatureKey(row.getString("ref")),
                row.getBoolean("unlimited"),
                orZero(row.getBigDecimal("amount")),
                begins(row),
                ends(row));
    }

    private static PlanFeature planFeature(Row row) {
        return new PlanFeature(
                row.getBoolean("flag"),
                row.getBoolean("unlimited"),
                orZero(row.getBigDecimal("amount")),
                Overage.valueOf(row.getString("word").toUpperCase(Locale.ROOT)),
                row.getString("config"));
    }

    private static PlanKey plan(Row row, String column) {
        return new PlanKey(row.getString("organisation"), row.getString(column));
    }

    private static int number(Row row) {
        return (int) (row.getLong("n") - 1);
    }

    private static Instant begins(Row row) {
        OffsetDateTime at = row.getOffsetDateTime("begins");
        return at == null ? Instant.MIN : at.toInstant();
    }

    private static Instant ends(Row row) {
        OffsetDateTime at = row.getOffsetDateTime("ends");
        return at == null ? Instant.MAX : at.toInstant();
    }

    private static BigDecimal orZero(@Nullable BigDecimal value) {
        return value == null ? BigDecimal.ZERO : value;
    }
}
