package io.weir.archive;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a day of the archive holds, as its {@code manifest.json} says.
 *
 * @param form of the files; what reads another one than it knows refuses it
 * @param day of recording, UTC
 * @param fingerprint of all entries as they stood: sum of a hash of each one
 * @param linesPerBlock how many lines each member of gzip has, but for the last
 * @param parts counts by tenant and event type
 */
public record Manifest(
        int form,
        LocalDate day,
        long entries,
        String fingerprint,
        int linesPerBlock,
        Instant exportedAt,
        List<Part> parts,
        List<Content> files) {
    /** The form that is written. */
    static final int FORM = 1;

    static final String NAME = "manifest.json";

    /** What a day holds of a tenant and event type; times are the events' own. */
    public record Part(String tenant, String eventType, long entries, long held, Instant firstTime, Instant lastTime) {}

    /** A file, by its name in the day's directory. */
    public record Content(String name, long bytes, String sha256) {}

    /** The earliest time of an event; null where there is none. */
    public @Nullable Instant firstTime() {
        return parts.stream().map(Part::firstTime).min(Instant::compareTo).orElse(null);
    }

    /** The latest time of an event; null where there is none. */
    public @Nullable Instant lastTime() {
        return parts.stream().map(Part::lastTime).max(Instant::compareTo).orElse(null);
    }
}
