package io.weir.schemas;

import java.util.List;

/**
 * The answer to a post of events. The counts are disjoint and, with the events not taken, sum to the events sent.
 *
 * @param receipts every event's receipt, in order
 * @param deprecations of the schema versions that good events were of
 */
public record EventsAnswer(List<Receipt> receipts, List<Deprecation> deprecations) {
    /** How many events have the status. */
    public int count(ReceiptStatus status) {
        int count = 0;
        for (Receipt receipt : receipts) {
            if (receipt.status() == status) {
                count++;
            }
        }
        return count;
    }
}
