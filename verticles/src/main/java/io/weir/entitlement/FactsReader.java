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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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

    private final Map<String, Shared<Catalog>> catalogs = new ConcurrentHashMap<>();
    private final Map<PlanKey, Plan> plans = new ConcurrentHashMap<>();

    private record PlanKey(String organisation, String plan) {}

    private record Shared<T>(long revision, int size, T value) {}

    /** A customer's rows. */
    private static final class Gathered {
        private final String organisation;
        private final long version;
        private final List<Term> terms = new ArrayList<>(1);
        private final List<Granted> grants = new ArrayList<>(0);
        private final Map<MeterKey, Used> used = new HashMap<>(2);

        Gathered(String organisation, long version) {
            this.organisation = organisation;
            this.version = version;
        }
    }

    /** The facts of each asked customer, in order. */
    List<Optional<Facts>> facts(List<Slot.Key> keys, RowSet<Row> rows) {
        @Nullable Gathered[] customers = new @Nullable Gathered[keys.size()];
        Map<String, List<Row>> features = new HashMap<>();
        Map<PlanKey, Map<FeatureKey, PlanFeature>> contents = new HashMap<>();
        Map<PlanKey, Long> revisions = new HashMap<>();
        for (Row row : rows) {
            switch (row.getString("kind")) {
                case "customer" ->
                    customers[number(row)] = new Gathered(row.getString("organisation"), row.getLong("revision"));
                case "plan" -> revisions.put(plan(row, "key"), row.getLong("revision"));
                case "plan_feature" ->
                    contents.computeIfAbsent(plan(row, "key"), none -> new HashMap<>())
                            .put(new FeatureKey(row.getString("ref")), planFeature(row));
                case "feature" ->
                    features.computeIfAbsent(row.getString("organisation"), none -> new ArrayList<>())
                            .add(row);
                default -> {}
            }
        }
        Map<PlanKey, Plan> latest = new HashMap<>();
        revisions.forEach((key, revision) ->
                latest.put(key, shared(key, revision, contents.getOrDefault(key, Map.of()))));
        for (Row row : rows) {
            gather(row, customers, latest);
        }
        List<Optional<Facts>> facts = new ArrayList<>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            facts.add(facts(keys.get(i).customer(), customers[i], features));
        }
        return facts;
    }

    private Optional<Facts> facts(CustomerId customer, @Nullable Gathered gathered, Map<String, List<Row>> features) {
        if (gathered == null) {
            return Optional.empty();
        }
        Catalog catalog = shared(gathered.organisation, features.getOrDefault(gathered.organisation, List.of()));
        return Optional.of(new Facts(
                customer,
                gathered.version,
                catalog,
                List.copyOf(gathered.terms),
                List.copyOf(gathered.grants),
                Map.copyOf(gathered.used)));
    }

    private static void gather(Row row, @Nullable Gathered[] customers, Map<PlanKey, Plan> plans) {
        if (row.getLong("n") == null) {
            return;
        }
        Gathered customer = customers[number(row)];
        if (customer == null) {
            return;
        }
        switch (row.getString("kind")) {
            case "subscription" -> {
                Plan plan = plans.getOrDefault(plan(row, "ref"), new Plan(0, Map.of()));
                customer.terms.add(new Term(row.getString("key"), plan, begins(row), ends(row)));
            }
            case "grant" ->
                customer.grants.add(new Granted(
                        new FeatureKey(row.getString("ref")),
                        row.getBoolean("unlimited"),
                        orZero(row.getBigDecimal("amount")),
                        begins(row),
                        ends(row)));
            case "usage" ->
                customer.used.put(
                        new MeterKey(row.getString("key")),
                        new Used(orZero(row.getBigDecimal("amount")), row.getLong("revision")));
            default -> {}
        }
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

    private Catalog shared(String organisation, List<Row> rows) {
        long revision = 0;
        for (Row row : rows) {
            revision = Math.max(revision, row.getLong("revision"));
        }
        Shared<Catalog> known = catalogs.get(organisation);
        if (known != null && known.revision() == revision && known.size() == rows.size()) {
            return known.value();
        }
        List<Feature> features = new ArrayList<>(rows.size());
        for (Row row : rows) {
            features.add(feature(row, features.size()));
        }
        Catalog catalog = new Catalog(features);
        if (catalogs.size() < MOST_SHARED || known != null) {
            catalogs.put(organisation, new Shared<>(revision, rows.size(), catalog));
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
