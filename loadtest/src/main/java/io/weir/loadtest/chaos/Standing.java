package io.weir.loadtest.chaos;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How often an id stands in the ledger, and as what (of several as one of them); ids that do not stand are not there. */
record Standing(int times, int customer, int inputTokens, int outputTokens, Instant time) {
    static final Standing NOWHERE = new Standing(0, 0, 0, 0, Instant.EPOCH);

    static Standing of(int times, Story.Event event) {
        return new Standing(times, event.customer(), event.inputTokens(), event.outputTokens(), event.time());
    }

    /** Whether the ledger holds the id as that; null: not at all. */
    boolean is(Story.@Nullable Event event) {
        return event == null ? times == 0 : times > 0 && equals(of(times, event));
    }

    Sums sums() {
        return new Sums(1, inputTokens, outputTokens);
    }
}
