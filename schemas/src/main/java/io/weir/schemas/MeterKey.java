package io.weir.schemas;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** How events of a type become a quantity; an opaque string of 1-128 characters without control characters. */
public record MeterKey(@JsonValue String value) implements Comparable<MeterKey> {
    @JsonCreator
    public MeterKey {
        Ids.check("MeterKey", value);
    }

    @Override
    public int compareTo(MeterKey other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
