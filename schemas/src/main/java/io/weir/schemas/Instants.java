package io.weir.schemas;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Instants as RFC 3339 writes them, and as Postgres keeps them (microseconds). */
public final class Instants {
    private static final int LONGEST = 40;
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
                    ? Optional.of(Instant.parse(text))
                    : Optional.of(text)
                            .filter(given -> shaped(given, end, OFFSET))
                            .map(given -> OffsetDateTime.parse(given).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
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
