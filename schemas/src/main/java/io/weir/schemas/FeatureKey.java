package io.weir.schemas;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** What an entitlement is about; an opaque string of 1-128 characters without control characters. */
public record FeatureKey(@JsonValue String value) implements Comparable<FeatureKey> {
    @JsonCreator
    public FeatureKey {
        Ids.check("FeatureKey", value);
    }

    @Override
    public int compareTo(FeatureKey other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
