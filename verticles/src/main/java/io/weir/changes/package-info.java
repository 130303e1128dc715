/**
 * The change feed: what was committed, told to every cache of this node, so that a copy knows up to which instant it is true.
 *
 * <p>Owns the reading and the partitions of table {@code change}; every stage appends to it inside the transaction that
 * made its change. Invariants: every committed change is told at least once, whatever order transactions commit in; the
 * {@code asOf} of a batch is never later than the last instant up to which that holds; batches are told in order, by one
 * reader, also empty ones.
 *
 * <p>Not guaranteed: that a change is told only once (a restored database tells all again, as {@code everything}), nor
 * the order of changes of different transactions within one batch. While Postgres is away nothing is told, and
 * {@code asOf} stands still: copies grow stale and can say so.
 */
@NullMarked
package io.weir.changes;

import org.jspecify.annotations.NullMarked;
