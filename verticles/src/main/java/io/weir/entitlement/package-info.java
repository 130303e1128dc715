/**
 * What a customer may use, answered at once: the read model of entitlements, and the grants that add to them.
 *
 * <p>Owns table {@code entitlement_grant}; reads customers, subscriptions, plans and features, and the monthly usage that
 * the ledger counts. Each node keeps one immutable object per asked customer, replaced whole; the truth is Postgres.
 * Invariants: an answer's {@code asOf} is never later than the last instant up to which this node knows that nothing
 * changed; {@code version} of an answer never falls; equal {@code ETag} means equal content and staleness; a check that is
 * asked after {@link io.weir.entitlement.Entitlements#invalidate} sees what was committed before it.
 *
 * <p>Not guaranteed: that two nodes answer the same at the same instant (their {@code asOf} says what each knows); that
 * usage stops exactly at the limit (accepted but not yet recorded events are not in {@code used}); holds, which are
 * always zero in this version.
 */
@NullMarked
package io.weir.entitlement;

import org.jspecify.annotations.NullMarked;
