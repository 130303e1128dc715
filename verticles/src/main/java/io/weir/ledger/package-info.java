/**
 * The ledger: takes events from the log and records each exactly once.
 *
 * <p>Owns {@code ledger_progress}, {@code event_id}, {@code entry}, {@code aggregate}, {@code usage_month}, {@code
 * ledger_exception}, {@code correction}, {@code backfill_set} and {@code backfill_event}. One transaction a batch writes progress,
 * ids, entries, aggregates, month totals, exceptions and changes; one transaction a backfill set the same but progress.
 *
 * <p>Invariants: the unique key of {@code event_id} alone decides what is new, a duplicate or a conflict; {@code
 * ledger_progress} alone decides where the log is recorded up to; {@code recorded = counted + held}, and per meter the sum
 * over counted entries that stand equals the sum over aggregates; an entry is never edited, but that a held one gains its customer, and
 * one without a subscription the one that covers its time, once it is stored; each entry keeps the revision of the master data
 * that counted it.
 *
 * <p>Not guaranteed: order between subjects; that a receipt reaches its waiter (the caller then hears {@code accepted}, which
 * stays true); that usage has a subscription (it is counted for the customer alone while none covers its time).
 */
@NullMarked
package io.weir.ledger;

import org.jspecify.annotations.NullMarked;
