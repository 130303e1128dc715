/**
 * How much was used: answers for any span, cut into windows of any time zone, from what the ledger has counted.
 *
 * <p>Owns no table; reads the ledger's aggregates (quarter hours, UTC) and entries, the catalog's meters, and for one
 * event's lineage also charges and documents. Invariants: an answer is exact for any {@code from} and {@code to}, since
 * what the quarters at its edges hold too much or too little is added or taken away from the entries themselves; entries
 * and aggregates are read in one statement, so they are of one instant; {@code asOf} is taken before reading, so that an
 * answer never holds less than it says.
 *
 * <p>NOT guaranteed: that usage up to {@code to} is complete (that is what {@code asOf} is for), nor that a zone's hours
 * of before 1972, when offsets were no multiples of a quarter hour, can be cut (they are refused).
 */
@NullMarked
package io.weir.metering;

import org.jspecify.annotations.NullMarked;
