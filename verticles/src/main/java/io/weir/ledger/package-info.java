/**
 * The ledger: takes events from the log and records each exactly once.
 *
 * <p>One transaction a batch writes progress, ids, entries, aggregates, month totals, exceptions and changes. The unique key
 * of {@code event_id} alone decides what is new, a duplicate or a conflict; {@code ledger_progress} alone decides where the
 * log is recorded up to. Invariant: {@code recorded = counted + held}, and per meter the sum over counted entries equals the
 * sum over aggregates.
 *
 * <p>Not guaranteed: order between subjects; that a receipt reaches its waiter (the caller then hears {@code accepted}, which
 * stays true).
 */
@NullMarked
package io.weir.ledger;

import org.jspecify.annotations.NullMarked;
