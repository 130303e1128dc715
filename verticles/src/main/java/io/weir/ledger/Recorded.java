package io.weir.ledger;

import io.weir.schemas.ReceiptStatus;
import java.util.Collection;
import java.util.List;

/**
 * What a committed batch did.
 *
 * @param outcomes each event and what became of it
 * @param earlier events that come again and are still waited for, and what became of them when they were recorded
 * @param customers whose usage the waiting callers must see
 * @param held how many of the recorded are held
 * @param uncounted how many of the recorded no meter counts
 * @param unreadable how many records were no events
 * @param skipped how many records were recorded before, by an earlier life of this loop or by another
 */
record Recorded(
        List<Batch.Outcome> outcomes,
        List<Batch.Outcome> earlier,
        Collection<Aggregates.Customer> customers,
        int held,
        int uncounted,
        int unreadable,
        int skipped) {
    /** How many events had that outcome now. */
    long count(ReceiptStatus status) {
        return outcomes.stream().filter(outcome -> outcome.status() == status).count();
    }
}
