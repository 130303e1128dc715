package io.weir.schemas;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** What a customer has agreed to use and pay; an opaque string of 1-128 characters without control characters. */
public record SubscriptionId(@JsonValue String value) implements Comparable<SubscriptionId> {
    @JsonCreator
    public SubscriptionId {
        Ids.check("SubscriptionId", value);
    }

    @Override
    public int compareTo(SubscriptionId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
