package io.weir.schemas;

import java.util.Locale;
import java.util.Optional;

/** How a meter makes one quantity of many events. */
public enum Aggregation {
    /** How many events. */
    COUNT(Keeps.SUM),
    /** The sum of their values. */
    SUM(Keeps.SUM),
    /** The least value. */
    MIN(Keeps.ONE),
    /** The greatest value. */
    MAX(Keeps.ONE),
    /** The sum of their values by how many they are. */
    AVG(Keeps.SUM),
    /** The value of the latest event; of two of one instant the greater value. */
    LATEST(Keeps.ONE),
    /** How many different values. */
    UNIQUE(Keeps.VALUES),
    /** Level times hours: a level holds until the next event of the same customer and dimensions. */
    WEIGHTED_SUM(Keeps.VALUES),
    /** The least value that so many percent of the values do not exceed. */
    PERCENTILE(Keeps.VALUES);

    /** What a quarter hour must keep, so that longer spans can be answered exactly. */
    public enum Keeps {
        /** A sum and how many entries it is of. */
        SUM,
        /** The one value that stands. */
        ONE,
        /** Each value. */
        VALUES
    }

    private final String text = name().toLowerCase(Locale.ROOT);
    private final Keeps keeps;

    Aggregation(Keeps keeps) {
        this.keeps = keeps;
    }

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

    /** What a quarter hour keeps of it. */
    public Keeps keeps() {
        return keeps;
    }

    /** Whether it reads a value of the event. */
    public boolean reads() {
        return this != COUNT;
    }

    /** Whether what it reads must be a number. */
    public boolean numeric() {
        return reads() && this != UNIQUE;
    }

    /** Whether the quantities of two spans add up to that of both: only then can it be limited or charged. */
    public boolean addsUp() {
        return this == COUNT || this == SUM;
    }

    /** Whether no event at all is a quantity of 0. */
    public boolean zeroOfNothing() {
        return addsUp() || this == UNIQUE || this == WEIGHTED_SUM;
    }
}
