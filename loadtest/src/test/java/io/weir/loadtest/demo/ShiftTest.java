package io.weir.loadtest.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShiftTest {
    private static final Instant NOW = Instant.parse("2026-11-20T05:47:12.5Z");

    private final Trace trace =
            TraceTest.trace("t", "2023-11-16 18:17:03.9799600,4808,10", "2023-11-16 19:14:19.9280161,549,1732");

    @Test
    void trace_ends_with_the_last_full_hour_and_lies_in_closed_hours_only() {
        Shift shift = Shift.endingAtLastFullHour(trace.last(), NOW);
        assertEquals(Instant.parse("2026-11-20T04:59:59.999Z"), shift.of(trace.last()));
        Shift.Span span = shift.spanOf(trace);
        assertEquals(Instant.parse("2026-11-20T05:00:00Z"), span.to());
        assertEquals(Instant.parse("2026-11-20T04:00:00Z"), span.from());
    }

    @Test
    void distances_between_rows_are_kept() {
        Shift shift = Shift.endingAtLastFullHour(trace.last(), NOW);
        assertEquals(
                Duration.between(trace.first(), trace.last()),
                Duration.between(shift.of(trace.first()), shift.of(trace.last())));
    }

    @Test
    void kept_shift_is_the_same_hours_later(@TempDir Path directory) {
        Shift first = new KeptShift(directory, trace).of(trace, NOW);
        Shift later = new KeptShift(directory, trace).of(trace, NOW.plus(Duration.ofHours(30)));
        assertEquals(first, later);
        assertTrue(Files.exists(directory.resolve("demo-t.properties")));
    }

    @Test
    void another_file_under_the_same_name_is_refused(@TempDir Path directory) {
        new KeptShift(directory, trace).of(trace, NOW);
        Trace other = TraceTest.trace("t", "2023-11-16 18:17:03.9799600,1,1");
        assertThrows(DemoFailure.class, () -> new KeptShift(directory, other).of(other, NOW));
    }

    @Test
    void an_interrupted_write_leaves_no_half_file(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("demo-t.properties.new"), "shift=PT1");
        Shift shift = new KeptShift(directory, trace).of(trace, NOW);
        assertEquals(Shift.endingAtLastFullHour(trace.last(), NOW), shift);
        assertFalse(Files.exists(directory.resolve("demo-t.properties.new")));
    }
}
