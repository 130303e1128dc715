package io.weir.schemas;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Pattern;

/** Instants as RFC 3339 writes them, and as Postgres keeps them (microseconds). */
public final class Instants {
    /** The forms but the common one that RFC 3339 allows; Java's own parser takes more. */
    private static final Pattern OTHER = Pattern.compile(
            "\\d{4}-\\d\\d-\\d\\d[Tt]([01]\\d|2[0-3]):\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)");

    private static final int LONGEST = 40;
    private static final int SHORTEST = 20;
    private static final int DATE = 10;
    private static final int SECONDS_END = 19;
    private static final int NANO_DIGITS = 9;
    private static final long SECONDS_A_DAY = 86_400;

    private Instants() {}

    /** The instant of an RFC 3339 date-time with an offset; empty where the text is none. */
    public static Optional<Instant> parse(String text) {
        if (text.length() > LONGEST || text.length() < SHORTEST) {
            return Optional.empty();
        }
        try {
            if (text.charAt(text.length() - 1) == 'Z' && text.charAt(DATE) == 'T') {
                return Optional.of(utc(text));
            }
            return OTHER.matcher(text).matches()
                    ? Optional.of(OffsetDateTime.parse(text).toInstant())
                    : Optional.empty();
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** The common form, {@code 2026-11-20T10:00:00[.fraction]Z}, read by place: a tenth of the formatter's time. */
    private static Instant utc(String text) {
        if (text.charAt(4) != '-' || text.charAt(7) != '-' || text.charAt(13) != ':' || text.charAt(16) != ':') {
            throw new DateTimeException(text);
        }
        LocalDate day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, DATE));
        LocalTime time = LocalTime.of(number(text, 11, 13), number(text, 14, 16), number(text, 17, 19), nanos(text));
        return Instant.ofEpochSecond(day.toEpochDay() * SECONDS_A_DAY + time.toSecondOfDay(), time.getNano());
    }

    private static int nanos(String text) {
        int end = text.length() - 1;
        if (end == SECONDS_END) {
            return 0;
        }
        if (text.charAt(SECONDS_END) != '.' || end == SECONDS_END + 1 || end > SECONDS_END + 1 + NANO_DIGITS) {
            throw new DateTimeException(text);
        }
        int nanos = number(text, SECONDS_END + 1, end);
        for (int digits = end - SECONDS_END - 1; digits < NANO_DIGITS; digits++) {
            nanos *= 10;
        }
        return nanos;
    }

    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw new DateTimeException(text);
            }
            number = number * 10 + c - '0';
        }
        return number;
    }

    /** The instant of what the database driver gives; Postgres' infinities are the ends of time. */
    public static Instant of(OffsetDateTime time) {
        return time.equals(OffsetDateTime.MAX)
                ? Instant.MAX
                : time.equals(OffsetDateTime.MIN) ? Instant.MIN : time.toInstant();
    }

    /** The instant as the database driver takes it. */
    public static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
