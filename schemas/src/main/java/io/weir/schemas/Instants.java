package io.weir.schemas;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Instants as RFC 3339 writes them, and as Postgres keeps them (microseconds). */
public final class Instants {
    private static final int LONGEST = 40;

    private Instants() {}

    /** The instant of an RFC 3339 date-time with an offset; empty where the text is none. */
    public static Optional<Instant> parse(String text) {
        if (text.length() > LONGEST || text.length() < 20) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    text.charAt(text.length() - 1) == 'Z'
                            ? Instant.parse(text)
                            : OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
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
