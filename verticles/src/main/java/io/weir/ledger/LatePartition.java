package io.weir.ledger;

import java.time.Instant;

/**
 * A partition of the log that is not recorded as it should be.
 *
 * @param since since when that is so
 * @param next the next offset to be recorded
 * @param waiting how many records wait
 */
public record LatePartition(int partition, Why why, Instant since, long next, long waiting) {
    /** What is wrong with it. */
    public enum Why {
        /** Records wait, and the place does not move. */
        FROZEN,
        /** Ever more records wait. */
        GROWING
    }

    /** In words. */
    public String text() {
        return switch (why) {
            case FROZEN -> "offset " + next + " is not recorded, and " + waiting + " records wait";
            case GROWING -> "ever more records wait: " + waiting + " by now";
        };
    }
}
