package io.weir.entitlement;

import io.weir.entitlement.Catalog.Feature;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A customer as one reading of Postgres showed it: its facts never change, and its answers are made when first asked for.
 *
 * <p>Two things may happen to it, each once: a change of the customer is told, and from then on its {@code asOf} stands
 * still ({@link #changedAfter}); or it must not be answered from any more ({@link #discard}), but for want of a better one.
 */
final class Account {
    private final Facts facts;
    private final long generation;
    private final Instant loadedAt;
    private final long validUntilMillis;
    private final Horizon horizon;
    // Filled without a lock: an Answer is immutable, so two threads that make the same one harm nobody.
    private final @Nullable Answer[] answers;
    private volatile @Nullable Instant changedAfter;
    private volatile boolean discarded;
    private boolean asked;

    /**
     * What was read.
     *
     * @param generation of the invalidations, before the reading began
     * @param loadedAt when the reading began
     */
    Account(Facts facts, long generation, Instant loadedAt, Horizon horizon) {
        this.facts = facts;
        this.generation = generation;
        this.loadedAt = loadedAt;
        this.horizon = horizon;
        this.validUntilMillis = EntitlementRules.validUntil(facts, loadedAt).toEpochMilli();
        this.answers = new @Nullable Answer[facts.catalog().size()];
    }

    CustomerId customer() {
        return facts.customer();
    }

    Facts facts() {
        return facts;
    }

    Horizon horizon() {
        return horizon;
    }

    long generation() {
        return generation;
    }

    Instant loadedAt() {
        return loadedAt;
    }

    /** Whether it answers now: not discarded, and no month, term or grant began or ended since. */
    boolean usableAt(long millis) {
        return !discarded && millis < validUntilMillis;
    }

    /** The answer; null where the catalog has no such feature. */
    @Nullable
    Answer answer(FeatureKey key) {
        Feature feature = facts.catalog().feature(key);
        if (feature == null) {
            return null;
        }
        if (!asked) {
            asked = true;
        }
        Answer answer = answers[feature.place()];
        if (answer == null) {
            answer = new Answer(
                    this,
                    feature,
                    EntitlementRules.decide(facts, feature, loadedAt),
                    EntitlementRules.version(facts, feature));
            answers[feature.place()] = answer;
        }
        return answer;
    }

    /** Whether anyone asked since it was read; a hint, not synchronized. */
    boolean asked() {
        return asked;
    }

    /** Up to when it is known to be true. The horizon is read first: changes are marked before it moves over them. */
    Instant asOf() {
        Instant known = horizon.asOf();
        Instant changed = changedAfter;
        Instant upTo = changed == null ? known : changed;
        return upTo.isAfter(loadedAt) ? upTo : loadedAt;
    }

    /** A change is known that was committed after this instant; the first such mark stands. */
    void changedAfter(Instant after) {
        if (changedAfter == null) {
            changedAfter = after;
        }
    }

    void discard() {
        discarded = true;
    }
}
