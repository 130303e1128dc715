package io.weir.settings;

import java.nio.file.Path;
import java.time.Duration;

/** How long entries and ids are kept in Postgres, and where days go that leave it. */
public record RetentionSettings(
        int entryDays,
        int idDays,
        String archiveDirectory,
        boolean confirm,
        int pollMillis,
        int recheckMillis,
        int pageEntries,
        int pauseMillis,
        int lockTimeoutMillis,
        int statementTimeoutMillis) {
    private static final int LONGEST_DAYS = 36_500;

    public RetentionSettings {
        Rules.check(
                Rules.range("entryDays", entryDays, 0, LONGEST_DAYS),
                Rules.range("idDays", idDays, entryDays, LONGEST_DAYS),
                Rules.range("pollMillis", pollMillis, 10, 86_400_000),
                Rules.range("recheckMillis", recheckMillis, 0, 86_400_000),
                Rules.range("pageEntries", pageEntries, 1, 10_000),
                Rules.range("pauseMillis", pauseMillis, 1, 60_000),
                Rules.range("lockTimeoutMillis", lockTimeoutMillis, 1, 60_000),
                Rules.range("statementTimeoutMillis", statementTimeoutMillis, 1_000, 86_400_000));
    }

    /** Whether days leave at all. */
    public boolean leaves() {
        return entryDays > 0;
    }

    /** Where the archive lies: within the data directory, where nothing else is said. */
    public Path directory(Path data) {
        return archiveDirectory.isBlank() ? data.resolve("archive") : Path.of(archiveDirectory);
    }

    /**
     * The fewest days that entries must be kept: as long as one of that day may still be sent again and be recorded.
     *
     * @param acceptance how long after its time an event is accepted, and before it, of the most generous tenant
     * @param transit how long after that it may lie in a journal and in the log, and still be recorded by itself
     */
    public static int leastDays(Duration acceptance, Duration transit) {
        return Math.toIntExact(
                        acceptance.plus(transit).plusDays(1).minusNanos(1).toDays())
                + 1;
    }
}
