package io.weir.ledger;

import io.weir.schemas.CustomerId;
import io.weir.schemas.MeterKey;
import io.weir.schemas.SubscriptionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A customer with every revision of its subscriptions: what an event's subject resolves to. */
record Account(CustomerId customer, List<Term> terms) {
    /** What a subscription bills for a meter. */
    record Line(MeterKey meter, String item, String legalEntity) {}

    /**
     * One revision of a subscription.
     *
     * @param effectiveFrom from when this revision is the one that counts, inclusive
     * @param startsAt start of the subscription's own term, inclusive
     */
    record Term(
            SubscriptionId subscription,
            long revision,
            Instant effectiveFrom,
            Instant effectiveTo,
            Instant startsAt,
            Instant endsAt,
            List<Line> lines) {
        boolean covers(Instant time) {
            return within(time, effectiveFrom, effectiveTo) && within(time, startsAt, endsAt);
        }

        private static boolean within(Instant time, Instant from, Instant to) {
            return !time.isBefore(from) && time.isBefore(to);
        }

        Optional<Line> line(List<Meter> meters) {
            return lines.stream()
                    .filter(line ->
                            meters.stream().anyMatch(meter -> meter.key().equals(line.meter())))
                    .findFirst();
        }
    }

    /** Whether the customer has, or had, that subscription. */
    boolean knows(String subscription) {
        return terms.stream().anyMatch(term -> term.subscription.value().equals(subscription));
    }

    /** The subscription in force at the time: the named one, or the first by key. */
    Optional<Term> at(Instant time, @Nullable String named) {
        return terms.stream()
                .filter(term -> named == null || term.subscription.value().equals(named))
                .filter(term -> term.covers(time))
                .min((a, b) -> a.subscription.compareTo(b.subscription));
    }
}
