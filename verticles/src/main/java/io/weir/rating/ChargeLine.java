package io.weir.rating;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A charge to be written: positive, or negative where too much stands.
 *
 * @param sequence first charge of the line is 1, each adjustment the next
 * @param hours the difference in each hour that it is made of; none of them zero
 */
record ChargeLine(
        LineKey line,
        Terms terms,
        int sequence,
        BigDecimal quantity,
        BigDecimal amount,
        SortedMap<Instant, BigDecimal> hours) {
    private static final Duration HOUR = Duration.ofHours(1);

    /** Start of its first hour. */
    Instant from() {
        return hours.firstKey();
    }

    /** End of its last hour. */
    Instant to() {
        return hours.lastKey().plus(HOUR);
    }
}
