package io.weir.entitlement;

import io.weir.entitlement.Catalog.Feature;
import io.weir.entitlement.Facts.Granted;
import io.weir.entitlement.Facts.Overage;
import io.weir.entitlement.Facts.PlanFeature;
import io.weir.entitlement.Facts.Term;
import io.weir.entitlement.Facts.Used;
import io.weir.schemas.FeatureKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What follows from the facts about a customer at an instant: pure, without a clock.
 *
 * <p>Several subscriptions in force add up: allowances are summed, any unlimited one makes it unlimited, the kindest
 * overage counts, and a static feature's configuration is the one of the subscription that began last.
 */
final class EntitlementRules {
    private EntitlementRules() {}

    /** Why an answer is what it is, as the API says it. */
    enum Reason {
        WITHIN_LIMIT(true, "within_limit"),
        UNLIMITED(true, "unlimited"),
        ENABLED(true, "enabled"),
        OVERAGE_ALLOWED(true, "overage_allowed"),
        LIMIT_REACHED(false, "limit_reached"),
        DISABLED(false, "disabled"),
        NO_ENTITLEMENT(false, "no_entitlement"),
        CONTRACT_ENDED(false, "contract_ended");

        private final boolean granted;
        private final String text;

        Reason(boolean granted, String text) {
            this.granted = granted;
            this.text = text;
        }

        boolean granted() {
            return granted;
        }

        String text() {
            return text;
        }
    }

    /**
     * What was decided.
     *
     * @param balance of a metered feature
     * @param config of a static feature, JSON
     */
    record Decision(
            Reason reason,
            @Nullable Balance balance,
            @Nullable String config) {}

    /**
     * A metered feature's numbers.
     *
     * @param limit null: unlimited
     */
    record Balance(@Nullable BigDecimal limit, BigDecimal used, Overage overage, Instant resetsAt) {
        /** What is left, never below zero; null: unlimited. */
        @Nullable
        BigDecimal remaining() {
            return limit == null ? null : limit.subtract(used).max(BigDecimal.ZERO);
        }
    }

    static Decision decide(Facts facts, Feature feature, Instant now) {
        List<PlanFeature> planned = planned(facts, feature.key(), now);
        List<PlanFeature> enabled =
                planned.stream().filter(PlanFeature::enabled).toList();
        List<Granted> grants = facts.grants().stream()
                .filter(grant -> grant.feature().equals(feature.key()) && grant.effectiveAt(now))
                .toList();
        Reason none = without(facts, planned, now);
        return switch (feature.kind()) {
            case BOOLEAN, STATIC ->
                enabled.isEmpty() && grants.isEmpty()
                        ? new Decision(none, null, null)
                        : new Decision(Reason.ENABLED, null, config(enabled));
            case METERED -> metered(facts, feature, enabled, grants, none, now);
        };
    }

    /** The first instant after this one at which an answer may differ although no row changes. */
    static Instant validUntil(Facts facts, Instant now) {
        Instant until = nextMonth(now);
        for (Term term : facts.terms()) {
            until = earlier(until, term.startsAt(), now);
            until = earlier(until, term.endsAt(), now);
        }
        for (Granted grant : facts.grants()) {
            until = earlier(until, grant.effectiveAt(), now);
            until = earlier(until, grant.expiresAt(), now);
        }
        return until;
    }

    /** The calendar month (UTC) of an instant, by its first day. */
    static LocalDate month(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC).withDayOfMonth(1);
    }

    static Instant nextMonth(Instant now) {
        return month(now).plusMonths(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** What the subscriptions in force say, the one that began last first. */
    private static List<PlanFeature> planned(Facts facts, FeatureKey feature, Instant now) {
        List<Term> inForce = new ArrayList<>(facts.terms());
        inForce.removeIf(term -> !term.inForceAt(now));
        inForce.sort(Comparator.comparing(Term::startsAt)
                .thenComparing(Term::subscription)
                .reversed());
        List<PlanFeature> planned = new ArrayList<>();
        for (Term term : inForce) {
            PlanFeature said = term.plan().features().get(feature);
            if (said != null) {
                planned.add(said);
            }
        }
        return planned;
    }

    private static Reason without(Facts facts, List<PlanFeature> planned, Instant now) {
        if (!planned.isEmpty()) {
            return Reason.DISABLED;
        }
        boolean ended = facts.terms().stream().anyMatch(term -> term.endedAt(now));
        boolean inForce = facts.terms().stream().anyMatch(term -> term.inForceAt(now));
        return ended && !inForce ? Reason.CONTRACT_ENDED : Reason.NO_ENTITLEMENT;
    }

    private static @Nullable String config(List<PlanFeature> enabled) {
        return enabled.isEmpty() ? null : enabled.getFirst().config();
    }

    private static Decision metered(
            Facts facts, Feature feature, List<PlanFeature> enabled, List<Granted> grants, Reason none, Instant now) {
        boolean unlimited = enabled.stream().anyMatch(PlanFeature::unlimited)
                || grants.stream().anyMatch(Granted::unlimited);
        BigDecimal limit = BigDecimal.ZERO;
        Overage overage = Overage.BLOCK;
        for (PlanFeature plan : enabled) {
            limit = limit.add(plan.allowance());
            overage = plan.overage().compareTo(overage) > 0 ? plan.overage() : overage;
        }
        for (Granted grant : grants) {
            limit = limit.add(grant.amount());
        }
        BigDecimal used = usedOf(facts, feature).value();
        boolean entitled = !enabled.isEmpty() || !grants.isEmpty();
        Reason reason = entitled ? measured(unlimited, used.compareTo(limit) < 0, overage) : none;
        return new Decision(reason, new Balance(unlimited ? null : limit, used, overage, nextMonth(now)), null);
    }

    private static Reason measured(boolean unlimited, boolean within, Overage overage) {
        if (unlimited) {
            return Reason.UNLIMITED;
        }
        if (within) {
            return Reason.WITHIN_LIMIT;
        }
        return overage == Overage.BLOCK ? Reason.LIMIT_REACHED : Reason.OVERAGE_ALLOWED;
    }

    /** Rises with each change of a row that the answer follows from, and never falls. */
    static long version(Facts facts, Feature feature) {
        return facts.version() + feature.revision() + usedOf(facts, feature).revisions();
    }

    private static Used usedOf(Facts facts, Feature feature) {
        return feature.meter() == null ? Used.NOTHING : facts.used().getOrDefault(feature.meter(), Used.NOTHING);
    }

    private static Instant earlier(Instant until, Instant boundary, Instant now) {
        return boundary.isAfter(now) && boundary.isBefore(until) ? boundary : until;
    }
}
