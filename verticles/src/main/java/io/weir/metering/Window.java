package io.weir.metering;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How a span is cut: not at all, or where a zone's local hours, days or months begin, daylight saving included. */
enum Window {
    TOTAL,
    HOUR,
    DAY,
    MONTH;

    /**
     * Where the span's windows start, ascending, the first at {@code from} itself; one more than {@code most} where there
     * are more.
     */
    List<Instant> starts(Instant from, Instant to, ZoneId zone, int most) {
        List<Instant> starts = new ArrayList<>();
        starts.add(from);
        if (this == TOTAL) {
            return starts;
        }
        for (Instant at = next(from, zone); at.isBefore(to) && starts.size() <= most; at = next(at, zone)) {
            starts.add(at);
        }
        return starts;
    }

    /** Where the first window after {@code at} starts. */
    Instant next(Instant at, ZoneId zone) {
        return switch (this) {
            case TOTAL -> Instant.MAX;
            case HOUR -> nextHour(at, zone);
            case DAY -> startAfter(at, at.atZone(zone).toLocalDate().plusDays(1), zone);
            case MONTH ->
                startAfter(at, at.atZone(zone).toLocalDate().withDayOfMonth(1).plusMonths(1), zone);
        };
    }

    /** The next instant whose local minute is 0; a change of the offset within the hour moves it. */
    private static Instant nextHour(Instant at, ZoneId zone) {
        ZoneOffset offset = zone.getRules().getOffset(at);
        Instant hour =
                at.atOffset(offset).truncatedTo(ChronoUnit.HOURS).plusHours(1).toInstant();
        ZoneOffsetTransition transition = zone.getRules().nextTransition(at);
        if (transition == null || transition.getInstant().isAfter(hour)) {
            return hour;
        }
        OffsetDateTime changed = transition.getInstant().atOffset(transition.getOffsetAfter());
        return changed.equals(changed.truncatedTo(ChronoUnit.HOURS))
                ? transition.getInstant()
                : nextHour(transition.getInstant(), zone);
    }

    /** The date's start; where its midnight comes twice and the first is past, the second; never at or before {@code at}. */
    private static Instant startAfter(Instant at, LocalDate date, ZoneId zone) {
        Instant start = date.atStartOfDay(zone).toInstant();
        if (start.isAfter(at)) {
            return start;
        }
        Instant second = ZonedDateTime.of(date, LocalTime.MIDNIGHT, zone)
                .withLaterOffsetAtOverlap()
                .toInstant();
        return second.isAfter(at) ? second : date.plusDays(1).atStartOfDay(zone).toInstant();
    }

    /** Its name in the API. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
