package io.weir.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal on a real disk: what is kept, what a crash leaves of it at every byte, and when files go. */
class SpillJournalTest {
    @TempDir
    private Path directory;

    @Test
    void groups_come_back_as_they_were_kept_and_once() throws IOException {
        try (SpillJournal journal = open()) {
            journal.append(records("a", "b"), 10);
            journal.append(records("c"), 20);
            SpillJournal.Group group = journal.read().orElseThrow();
            assertEquals(10, group.keptAtMillis());
            ProducerRecord<String, byte[]> record = group.records().getFirst();
            assertEquals("key-a", record.key());
            assertEquals("a", new String(record.value(), UTF_8));
            assertEquals("1", new String(record.headers().lastHeader("h").value(), UTF_8));
            assertEquals(List.of("c"), values(journal.read().orElseThrow()));
            assertEquals(Optional.empty(), journal.read());
        }
    }

    @Test
    void what_was_read_and_not_cut_off_is_read_again_and_files_go_behind_the_cut() throws IOException {
        try (SpillJournal journal = open()) {
            for (int i = 0; i < 100; i++) {
                journal.append(records("event " + i), i);
            }
            assertTrue(files().size() > 3, files().toString());
            SpillJournal.Group last = null;
            for (int i = 0; i < 60; i++) {
                last = journal.read().orElseThrow();
                if (i < 50) {
                    journal.cut(last);
                }
            }
            long bytes = journal.bytes();
            journal.rewind();
            assertEquals(List.of("event 50"), values(journal.read().orElseThrow()));
            assertEquals(bytes, journal.bytes());
            assertFalse(journal.isEmpty());
            for (Optional<SpillJournal.Group> group = journal.read(); group.isPresent(); group = journal.read()) {
                journal.cut(group.get());
            }
            journal.clear();
            assertTrue(journal.isEmpty());
            assertEquals(0, journal.bytes());
            assertEquals(List.of(), files());
            journal.append(records("again"), 1);
            assertEquals(List.of("again"), values(journal.read().orElseThrow()));
        }
    }

    /** A process that is killed, or a machine that stops, in the middle of an append: at each byte of it. */
    @Test
    void after_a_crash_at_any_byte_exactly_the_whole_groups_are_left_and_it_goes_on() throws IOException {
        List<Long> ends = new ArrayList<>();
        Path file;
        try (SpillJournal journal = open()) {
            for (int i = 0; i < 3; i++) {
                journal.append(records("x" + i, "y" + i), 1);
                ends.add(journal.bytes());
            }
            file = files().getFirst();
        }
        byte[] whole = Files.readAllBytes(file);
        for (int left = 0; left <= whole.length; left++) {
            Files.write(file, java.util.Arrays.copyOf(whole, left));
            int length = left;
            long groups = ends.stream().filter(end -> end <= length).count();
            try (SpillJournal journal = open()) {
                journal.append(records("new"), 2);
                List<String> found = new ArrayList<>();
                for (Optional<SpillJournal.Group> group = journal.read(); group.isPresent(); group = journal.read()) {
                    found.addAll(values(group.get()));
                }
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < groups; i++) {
                    expected.addAll(List.of("x" + i, "y" + i));
                }
                expected.add("new");
                assertEquals(expected, found, "cut at " + left);
            }
            for (Path made : files()) {
                Files.delete(made);
            }
        }
    }

    @Test
    void a_group_that_is_torn_but_as_long_as_a_whole_one_is_not_read() throws IOException {
        try (SpillJournal journal = open()) {
            journal.append(records("good"), 1);
            journal.append(records("torn"), 1);
        }
        Path file = files().getFirst();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 3] ^= 1;
        Files.write(file, bytes);
        try (SpillJournal journal = open()) {
            assertEquals(List.of("good"), values(journal.read().orElseThrow()));
            assertEquals(Optional.empty(), journal.read());
        }
    }

    @Test
    void an_append_that_fails_leaves_nothing_and_the_next_one_is_kept() throws IOException {
        try (SpillJournal journal = open()) {
            journal.append(records("one"), 1);
            SpillJournal.Group one = journal.read().orElseThrow();
            journal.cut(one);
            journal.clear();
            Path away = directory.resolveSibling(directory.getFileName() + "-away");
            Files.move(directory, away);
            assertThrows(IOException.class, () -> journal.append(records("two"), 1));
            assertThrows(IOException.class, journal::probe);
            Files.move(away, directory);
            journal.probe();
            journal.append(records("three"), 1);
            assertEquals(List.of("three"), values(journal.read().orElseThrow()));
        }
    }

    private SpillJournal open() throws IOException {
        return SpillJournal.open(directory, 2_000);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.sorted().toList();
        }
    }

    private static List<ProducerRecord<String, byte[]>> records(String... values) {
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        for (String value : values) {
            records.add(new ProducerRecord<>(
                    "topic", null, "key-" + value, value.getBytes(UTF_8), List.of(new RecordHeader("h", new byte[] {'1'
                    }))));
        }
        return records;
    }

    private static List<String> values(SpillJournal.Group group) {
        return group.records().stream()
                .map(record -> new String(record.value(), UTF_8))
                .toList();
    }
}
