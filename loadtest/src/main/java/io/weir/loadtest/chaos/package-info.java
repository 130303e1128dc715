/**
 * The proof of durability, from outside: posters and backfillers that note what they sent and were answered, faults by a seeded
 * plan, and checkers that hold the ledger, its sums and the money to those notes.
 *
 * <p>Meaning: each id that was sent gets one {@link io.weir.loadtest.chaos.Verdict}, each backfill set one {@link
 * io.weir.loadtest.chaos.SetVerdict}. Ownership: what was sent, and with what
 * quantity, is known from {@link io.weir.loadtest.chaos.Notes} alone; nothing of Weir's code is used. Weir is asked over HTTP,
 * its tables by SQL, the ERP by its control plane. Invariants: the plan is a function of the seed; {@link
 * io.weir.loadtest.chaos.Checker} and {@link io.weir.loadtest.chaos.SetChecker} are pure. Not guaranteed: that a run with the same seed goes the same way, since the
 * machine decides what meets what; the plan and what is sent are the same.
 */
@NullMarked
package io.weir.loadtest.chaos;

import org.jspecify.annotations.NullMarked;
