package io.weir.local.erp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * One fault that is set.
 *
 * @param remaining how many requests it still takes; null: until it is deleted
 * @param probability of taking a request it applies to
 */
record Fault(FaultKind kind, @Nullable Integer remaining, double probability, long delayMillis) {
    static final long DEFAULT_DELAY_MILLIS = 1_000;

    Fault takenOnce() {
        return remaining == null ? this : new Fault(kind, remaining - 1, probability, delayMillis);
    }

    boolean isSpent() {
        return remaining != null && remaining <= 0;
    }

    ObjectNode toJson() {
        ObjectNode json = Json.object().put("kind", kind.wireName());
        if (remaining != null) {
            json.put("count", remaining);
        }
        json.put("probability", probability);
        if (kind == FaultKind.DELAY) {
            json.put("delayMillis", delayMillis);
        }
        return json;
    }
}
