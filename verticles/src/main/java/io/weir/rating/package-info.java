/**
 * Rating: what recorded usage costs, as charge lines.
 *
 * <p>A billing run computes what should stand for each closed hour (from the aggregates and the price version in force
 * at that hour), takes away what is charged already, and writes the difference. A repeated run therefore writes nothing,
 * late usage becomes an adjustment, and a price that was changed under charged hours gives the old charge back.
 *
 * <p>Owns {@code billing_run}, {@code charge} and {@code charge_hour}; all three are append only. Invariants: the sum of
 * {@code charge_hour} over an hour is what is charged of it; the sum of the amounts of a line's month is its cumulated
 * quantity times the unit price, rounded once.
 *
 * <p>Not guaranteed: that all usage is charged. Usage without a subscription, a line or a price is left out, and stays
 * visible as the difference between aggregates and charged hours.
 */
@NullMarked
package io.weir.rating;

import org.jspecify.annotations.NullMarked;
