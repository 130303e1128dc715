package io.weir.loadtest.demo;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The one displacement in time of a trace in a data directory: row time + shift = event time.
 *
 * <p>It lets the trace end at the last full hour: the last row falls on that hour's last millisecond, so that every row lies
 * in a closed hour and can be charged at once.
 */
record Shift(Duration by) {
    private static final Duration TICK = Duration.ofMillis(1);

    static Shift endingAtLastFullHour(Instant lastRow, Instant now) {
        Instant end = now.truncatedTo(ChronoUnit.HOURS);
        return new Shift(Duration.between(lastRow, end.minus(TICK)));
    }

    Instant of(Instant rowTime) {
        return rowTime.plus(by);
    }

    /** The hours that the shifted trace touches, from inclusive, to exclusive. */
    Span spanOf(Trace trace) {
        Instant lastHour = of(trace.last()).truncatedTo(ChronoUnit.HOURS);
        return new Span(of(trace.first()).truncatedTo(ChronoUnit.HOURS), lastHour.plus(1, ChronoUnit.HOURS));
    }

    /** Whole hours, from inclusive, to exclusive. */
    record Span(Instant from, Instant to) {}
}
