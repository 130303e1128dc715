package io.weir.rating;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Which hours of a span can be charged: whole ones, and closed ones. */
final class Window {
    private Window() {}

    /** Start of the first hour that begins in the span. */
    static Instant firstHour(Instant from) {
        Instant hour = from.truncatedTo(ChronoUnit.HOURS);
        return hour.equals(from) ? hour : hour.plus(1, ChronoUnit.HOURS);
    }

    /** End of the last hour that ends in the span, has ended, and is wholly counted. */
    static Instant closedUpTo(Instant to, Instant now, Instant countedUpTo) {
        Instant end = to.isBefore(now) ? to : now;
        return (countedUpTo.isBefore(end) ? countedUpTo : end).truncatedTo(ChronoUnit.HOURS);
    }
}
