package io.weir.reconciliation;

import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A span of whole hours, UTC.
 *
 * @param text as it was asked for: a month {@code 2026-11}, a day {@code 2026-11-20}, an hour {@code 2026-11-20T10}, or two
 *     instants with {@code /} between
 * @param to exclusive
 */
public record Period(String text, Instant from, Instant to) {
    private static final long MOST_HOURS = 31 * 24;

    /** Reads a period; refuses what is none. */
    public static Period parse(String text) {
        Period period = read(text)
                .orElseThrow(() -> refused("must be a month 2026-11, a day 2026-11-20, an hour 2026-11-20T10, or"
                        + " 2026-11-20T10:00:00Z/2026-11-20T14:00:00Z"));
        if (!hour(period.from) || !hour(period.to) || !period.from.isBefore(period.to)) {
            throw refused("must begin and end with a full hour, UTC, and end later than it begins");
        }
        if (period.from.until(period.to, ChronoUnit.HOURS) > MOST_HOURS) {
            throw refused("must be at most 31 days");
        }
        return period;
    }

    private static Optional<Period> read(String text) {
        try {
            int slash = text.indexOf('/');
            if (slash > 0) {
                Optional<Instant> to = Instants.parse(text.substring(slash + 1));
                return Instants.parse(text.substring(0, slash))
                        .flatMap(from -> to.map(end -> new Period(text, from, end)));
            }
            return switch (text.length()) {
                case 7 -> {
                    YearMonth month = YearMonth.parse(text);
                    yield Optional.of(new Period(
                            text,
                            start(month.atDay(1)),
                            start(month.plusMonths(1).atDay(1))));
                }
                case 10 -> {
                    LocalDate day = LocalDate.parse(text);
                    yield Optional.of(new Period(text, start(day), start(day.plusDays(1))));
                }
                case 13 ->
                    Instants.parse(text + ":00:00Z")
                            .map(from -> new Period(text, from, from.plus(1, ChronoUnit.HOURS)));
                default -> Optional.empty();
            };
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Instant start(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static boolean hour(Instant instant) {
        return instant.equals(instant.truncatedTo(ChronoUnit.HOURS));
    }

    private static RefusedException refused(String detail) {
        return new RefusedException(Refusal.Invalid.at("/period", detail));
    }
}
