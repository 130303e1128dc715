package io.weir.schemas;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The isolation boundary whose products post usage; an opaque string of 1-128 characters without control characters. */
public record TenantId(@JsonValue String value) implements Comparable<TenantId> {
    @JsonCreator
    public TenantId {
        Ids.check("TenantId", value);
    }

    @Override
    public int compareTo(TenantId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
