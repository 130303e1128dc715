package io.weir.schemas;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** Instants as RFC 3339 writes them, and as Postgres keeps them (microseconds). */
public final class Instants {
    private static final int LONGEST = 40;
    private static final int DATE = 10;
    private static final int SECONDS_END = 19;
    private static final int NANO_DIGITS = 9;
    private static final long SECONDS_A_DAY = 86_400;
    private static final String SHAPE = "dddd-dd-ddTdd:dd:dd";
    private static final String OFFSET = "+dd:dd";

    private Instants() {}

    /** The instant of an RFC 3339 date-time with an offset; empty where the text is none. */
    public static Optional<Instant> parse(String text) {
        if (text.length() > LONGEST || !shaped(text, 0, SHAPE)) {
            return Optional.empty();
        }
        boolean utc = text.endsWith("Z") || text.endsWith("z");
        int end = text.length() - (utc ? 1 : OFFSET.length());
        if (end < SHAPE.length()
                || (end > SHAPE.length() && text.charAt(end - 1) == '.')
                || text.startsWith("24", 11)) {
            return Optional.empty();
        }
        try {
            return utc
                    ? Optional.of(utc(text))
                    : Optional.of(text)
                            .filter(given -> shaped(given, end, OFFSET))
                            .map(given -> OffsetDateTime.parse(given).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** The common form, {@code 2026-11-20T10:00:00[.fraction]Z}, its shape known, read by place: a tenth of the formatter's time. */
    private static Instant utc(String text) {
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

    /** Whether the text has there digits where the shape has d; Java's own parsers also take forms that RFC 3339 does not. */
    private static boolean shaped(String text, int from, String shape) {
        if (text.length() < from + shape.length()) {
            return false;
        }
        for (int i = 0; i < shape.length(); i++) {
            char c = text.charAt(from + i);
            boolean fits = switch (shape.charAt(i)) {
                case 'd' -> c >= '0' && c <= '9';
                case 'T' -> c == 'T' || c == 't';
                case '+' -> c == '+' || c == '-';
                default -> c == shape.charAt(i);
            };
            if (!fits) {
                return false;
            }
        }
        return true;
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
