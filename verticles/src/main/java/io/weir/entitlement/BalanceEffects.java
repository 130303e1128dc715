package io.weir.entitlement;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.weir.entitlement.Catalog.Feature;
import io.weir.entitlement.EntitlementRules.Balance;
import io.weir.entitlement.EntitlementRules.Decision;
import io.weir.entitlement.Facts.Used;
import io.weir.schemas.CustomerId;
import io.weir.schemas.MeterKey;
import io.weir.schemas.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What usage that is not counted yet would do to the balances of this month: the rules of every answer, with that usage and without
 * it. Reads Postgres, never the cache; safe to be called from any thread.
 */
public final class BalanceEffects {
    private static final int CUSTOMERS_A_QUERY = 200;

    private final EntitlementTable table;

    /** @param report connections of the flow class that answers reports */
    public BalanceEffects(Pool report) {
        this.table = new EntitlementTable(report);
    }

    /** A balance; {@code remaining} is null where there is no limit. */
    public record State(BigDecimal used, @Nullable BigDecimal remaining, boolean granted, String reason) {}

    /**
     * A customer's feature before and after.
     *
     * @param limit null: unlimited
     * @param blocks whether it is granted before, and not after
     */
    public record Effect(
            String customer,
            String feature,
            String meter,
            @Nullable BigDecimal limit,
            State before,
            State after,
            boolean blocks) {}

    /** The balances that change, by customer and feature; {@code changes}: what each customer's meters gain this month. */
    public Future<List<Effect>> of(TenantId tenant, Map<CustomerId, Map<String, BigDecimal>> changes, Instant now) {
        List<CustomerId> customers = changes.keySet().stream()
                .sorted(Comparator.comparing(CustomerId::value))
                .toList();
        Future<List<Effect>> effects = Future.succeededFuture(new ArrayList<>());
        for (int from = 0; from < customers.size(); from += CUSTOMERS_A_QUERY) {
            List<Slot.Key> keys = customers.subList(from, Math.min(customers.size(), from + CUSTOMERS_A_QUERY)).stream()
                    .map(customer -> new Slot.Key(tenant, customer))
                    .toList();
            effects = effects.compose(found ->
                    table.load(keys, EntitlementRules.month(now)).map(facts -> and(found, facts, changes, now)));
        }
        return effects;
    }

    private static List<Effect> and(
            List<Effect> found,
            List<Optional<Facts>> facts,
            Map<CustomerId, Map<String, BigDecimal>> changes,
            Instant now) {
        for (Optional<Facts> one : facts) {
            one.ifPresent(known -> effects(known, changes.getOrDefault(known.customer(), Map.of()), now, found));
        }
        return found;
    }

    private static void effects(Facts before, Map<String, BigDecimal> changes, Instant now, List<Effect> found) {
        Map<MeterKey, Used> used = new HashMap<>(before.used());
        changes.forEach((meter, change) -> {
            MeterKey key = before.catalog().meter(meter);
            if (key != null) {
                Used was = used.getOrDefault(key, Used.NOTHING);
                used.put(key, new Used(was.value().add(change), was.revisions()));
            }
        });
        Facts after =
                new Facts(before.customer(), before.version(), before.catalog(), before.terms(), before.grants(), used);
        List<Feature> features = new ArrayList<>(before.catalog().all());
        features.sort(Comparator.comparing(feature -> feature.key().value()));
        for (Feature feature : features) {
            MeterKey meter = feature.meter();
            if (meter != null && changes.containsKey(meter.value())) {
                effect(before, after, feature, meter, now).ifPresent(found::add);
            }
        }
    }

    private static Optional<Effect> effect(Facts before, Facts after, Feature feature, MeterKey meter, Instant now) {
        Decision was = EntitlementRules.decide(before, feature, now);
        Decision becomes = EntitlementRules.decide(after, feature, now);
        Balance left = was.balance();
        Balance leaves = becomes.balance();
        if (left == null || leaves == null) {
            return Optional.empty();
        }
        return Optional.of(new Effect(
                before.customer().value(),
                feature.key().value(),
                meter.value(),
                left.limit(),
                state(was, left),
                state(becomes, leaves),
                was.reason().granted() && !becomes.reason().granted()));
    }

    private static State state(Decision decision, Balance balance) {
        return new State(
                balance.used(),
                balance.remaining(),
                decision.reason().granted(),
                decision.reason().text());
    }
}
