package io.weir.schemas;

import java.util.Locale;
import java.util.Optional;

/** How a meter makes one quantity of many events. */
public enum Aggregation {
    /** How many events. */
    COUNT,
    /** The sum of their values. */
    SUM;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The aggregation as the API and the catalog write it. */
    public String text() {
        return text;
    }

    /** The aggregation written so; empty where there is none. */
    public static Optional<Aggregation> of(String text) {
        for (Aggregation aggregation : values()) {
            if (aggregation.text.equals(text)) {
                return Optional.of(aggregation);
            }
        }
        return Optional.empty();
    }

    /** Whether it reads a value of the event. */
    public boolean reads() {
        return this != COUNT;
    }

    /** Whether what it reads must be a number. */
    public boolean numeric() {
        return reads();
    }

    /** Whether the quantities of two spans add up to that of both: only then can it be limited or charged. */
    public boolean addsUp() {
        return this == COUNT || this == SUM;
    }
}
