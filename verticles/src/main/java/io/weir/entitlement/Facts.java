package io.weir.entitlement;

import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.MeterKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that answers about a customer follow from, as one statement read it.
 *
 * @param customer whose
 * @param version sum of the revisions of customer, subscriptions, their plans, and grants
 * @param catalog features that there are
 * @param terms current subscriptions, in force or not
 * @param grants current grants, effective or not
 * @param used usage of the calendar month that the facts were read for, by meter
 */
record Facts(
        CustomerId customer,
        long version,
        Catalog catalog,
        List<Term> terms,
        List<Granted> grants,
        Map<MeterKey, Used> used) {

    /** A current subscription: a plan for a time. */
    record Term(String subscription, Plan plan, Instant startsAt, Instant endsAt) {
        boolean inForceAt(Instant now) {
            return !startsAt.isAfter(now) && endsAt.isAfter(now);
        }

        boolean endedAt(Instant now) {
            return !endsAt.isAfter(now);
        }
    }

    /** The latest revision of a plan. */
    record Plan(long revision, Map<FeatureKey, PlanFeature> features) {}

    /** What a plan says of a feature. */
    record PlanFeature(
            boolean enabled,
            boolean unlimited,
            BigDecimal allowance,
            Overage overage,
            @Nullable String config) {}

    /** What happens beyond the limit; the later ones are kinder. */
    enum Overage {
        BLOCK("block"),
        BILL("bill"),
        ALLOW("allow");

        private final String text;

        Overage(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** A current grant. */
    record Granted(FeatureKey feature, boolean unlimited, BigDecimal amount, Instant effectiveAt, Instant expiresAt) {
        boolean effectiveAt(Instant now) {
            return !effectiveAt.isAfter(now) && expiresAt.isAfter(now);
        }
    }

    /**
     * A meter's usage.
     *
     * @param value of the month
     * @param revisions sum of the revisions of all months
     */
    record Used(BigDecimal value, long revisions) {
        static final Used NOTHING = new Used(BigDecimal.ZERO, 0);
    }
}
