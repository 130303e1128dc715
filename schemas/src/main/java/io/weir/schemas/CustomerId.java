package io.weir.schemas;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** An account of a tenant; an opaque string of 1-128 characters without control characters. */
public record CustomerId(@JsonValue String value) implements Comparable<CustomerId> {
    @JsonCreator
    public CustomerId {
        Ids.check("CustomerId", value);
    }

    @Override
    public int compareTo(CustomerId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
