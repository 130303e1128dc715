/**
 * Holds the stages to each other: what sources say they sent, what the ledger read from the log, what it recorded, metered, what
 * was rated, posted, and is in the ERP; by hour of the event's time, so that all stages have the same hour.
 *
 * <p>Owns what sources declared ({@code source_total}), which is its exception {@code incomplete_source} while it is not all
 * recorded. Reads the other stages' tables, each count from where its stage wrote it, never one from another. A later stage may
 * rightly hold less: what is held, has no price, awaits approval; a variance says how much, and the ids behind it say what. NOT
 * guaranteed: that hours after {@code asOf} add up, or that what no source declared was sent at all.
 */
@NullMarked
package io.weir.reconciliation;

import org.jspecify.annotations.NullMarked;
