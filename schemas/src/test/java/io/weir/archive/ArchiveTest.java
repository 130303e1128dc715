package io.weir.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
    private static final LocalDate DAY = LocalDate.of(2025, 10, 14);
    private static final Instant NOON = Instant.parse("2025-10-14T12:00:00.123456Z");

    @TempDir
    Path directory;

    /** Keys spread as hashes are, in the order of their bytes: half of them are negative as Java sees them. */
    private static ArchivedEvent event(int n, @Nullable String held) {
        UUID key = new UUID(((long) n << 48) | 7, -n);
        return new ArchivedEvent(
                key,
                new UUID(n, n),
                n % 3 == 0 ? "other" : "demo",
                "/test",
                "e,\"data\":" + n,
                "llm.completion",
                n % 2 == 0 ? "" : "ws-1",
                NOON.plusSeconds(n),
                2,
                "{\"n\": %d, \"exact\": 1.50, \"text\": \"ü \\\" ,\\\"data\\\":{}\"}".formatted(n),
                held == null ? "cust-001" : null,
                held == null ? "sub-001" : null,
                held == null ? 4L : null,
                null,
                "main",
                held,
                n == 0 ? "amendment" : null,
                17,
                NOON,
                NOON.plusMillis(1),
                NOON.plusMillis(2),
                "trace-" + n,
                3,
                99L + n);
    }

    private Manifest write(Archive archive, int events) throws IOException {
        try (DayWriter writer = archive.write(DAY)) {
            for (int n = 0; n < events; n++) {
                writer.add(event(n * 20, n == 5 ? "unmatched_account" : null));
            }
            return writer.finish("42", NOON);
        }
    }

    @Test
    void each_event_is_found_by_its_key_and_read_as_it_was() throws IOException {
        Archive archive = new Archive(directory);
        Manifest manifest = write(archive, 2_500);
        assertEquals(Optional.of(manifest), archive.manifest(DAY));
        assertEquals(2_500, manifest.entries());
        assertEquals(2, manifest.parts().size());
        assertEquals(1, manifest.parts().getFirst().held());
        assertEquals(event(0, null).time(), manifest.firstTime());
        assertEquals(Optional.empty(), archive.damaged(manifest));
        for (int n : new int[] {0, 1, 5, 999, 1_000, 1_001, 1_700, 2_499}) {
            ArchivedEvent expected = event(n * 20, n == 5 ? "unmatched_account" : null);
            assertEquals(Optional.of(new Archive.Found(DAY, expected)), archive.find(expected.key(), List.of(DAY)));
            assertEquals(Optional.empty(), archive.find(event(n * 20 + 1, null).key(), List.of(DAY)));
        }
        try (ArchivedDay day = archive.open(DAY)) {
            assertEquals(event(40, null).digest(), day.digest(2));
            assertEquals(List.of(event(49_980, null).key()), day.keys(2_499, 10));
            List<ArchivedEvent> read = new ArrayList<>();
            try (ArchivedDay.Events events = day.events(990)) {
                while (events.hasNext()) {
                    read.add(events.next());
                }
            }
            assertEquals(1_510, read.size());
            assertEquals(event(990 * 20, null), read.getFirst());
        }
        try (Stream<String> lines =
                new String(new GZIPInputStream(Files.newInputStream(archive.events(DAY))).readAllBytes()).lines()) {
            assertEquals(2_500, lines.count());
        }
    }

    @Test
    void a_day_without_events_is_a_day() throws IOException {
        Archive archive = new Archive(directory.resolve("made/when/needed"));
        Manifest manifest = write(archive, 0);
        assertEquals(Optional.empty(), archive.damaged(manifest));
        try (ArchivedDay day = archive.open(DAY);
                ArchivedDay.Events events = day.events(0)) {
            assertTrue(day.find(event(1, null).key()).isEmpty());
            assertFalse(events.hasNext());
        }
    }

    @Test
    void what_was_not_finished_is_not_there_and_in_nobodys_way() throws IOException {
        Archive archive = new Archive(directory);
        DayWriter crashed = archive.write(DAY);
        crashed.add(event(20, null));
        assertEquals(Optional.empty(), archive.manifest(DAY));
        write(archive, 3);
        assertEquals(3, archive.open(DAY).entries());
        try (Stream<Path> there = Files.list(directory)) {
            assertEquals(1, there.count());
        }
    }

    @Test
    void of_two_writers_the_first_one_stands() throws IOException {
        Archive archive = new Archive(directory);
        Manifest first = write(archive, 3);
        assertThrows(FileSystemException.class, () -> write(archive, 4));
        assertEquals(Optional.of(first), archive.manifest(DAY));
        archive.setAside(DAY);
        write(archive, 4);
        assertEquals(4, archive.open(DAY).entries());
    }

    @Test
    void a_changed_a_missing_and_a_cut_file_are_told() throws IOException {
        Archive archive = new Archive(directory);
        Manifest manifest = write(archive, 3);
        for (Manifest.Content file : manifest.files()) {
            Path path = archive.place(DAY).resolve(file.name());
            byte[] was = Files.readAllBytes(path);
            byte[] changed = was.clone();
            changed[was.length / 2] ^= 1;
            Files.write(path, changed);
            assertTrue(archive.damaged(manifest).orElseThrow().startsWith(file.name() + " has SHA-256"));
            Files.write(path, java.util.Arrays.copyOf(was, was.length - 1));
            assertTrue(archive.damaged(manifest).isPresent());
            Files.delete(path);
            assertEquals(Optional.of(file.name() + " is missing"), archive.damaged(manifest));
            Files.write(path, was);
        }
        Files.writeString(archive.place(DAY).resolve("events.keys"), "short");
        assertThrows(IOException.class, () -> archive.open(DAY));
        assertThrows(
                IOException.class,
                () -> archive.find(event(1, null).key(), List.of(LocalDate.of(2025, 1, 1))),
                "a day that is not here is never 'no'");
        Files.writeString(archive.place(DAY).resolve("manifest.json"), "{");
        assertThrows(IOException.class, () -> archive.manifest(DAY));
    }

    @Test
    void keys_that_do_not_rise_are_refused() throws IOException {
        try (DayWriter writer = new Archive(directory).write(DAY)) {
            writer.add(event(40_000, null));
            assertThrows(IllegalArgumentException.class, () -> writer.add(event(20, null)));
        }
    }
}
