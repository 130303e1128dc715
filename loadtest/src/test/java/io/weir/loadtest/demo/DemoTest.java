package io.weir.loadtest.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.loadtest.Console;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    private static final int ROWS = 1_300;
    private static final Instant NOW = Instant.now();

    @TempDir
    Path directory;

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private Path trace = Path.of("unset");

    @BeforeEach
    void writeTrace() throws Exception {
        StringBuilder csv = new StringBuilder(Trace.HEADER + "\n");
        for (int row = 0; row < ROWS; row++) {
            csv.append("2023-11-16 18:%02d:%02d.9799600,%d,%d\n".formatted(row / 60, row % 60, 100 + row, row % 7));
        }
        trace = Files.writeString(directory.resolve("small.csv"), csv);
    }

    private boolean demo(Instant now) {
        Console console = new Console(new PrintStream(shown, true, StandardCharsets.UTF_8), false);
        return new Demo(directory, console, InstantSource.fixed(now), Duration.ofSeconds(2)).run(trace);
    }

    private String shown() {
        return shown.toString(StandardCharsets.UTF_8);
    }

    @Test
    void every_row_is_recorded_summed_charged_and_documented() throws Exception {
        try (StandIn weir = new StandIn(directory)) {
            assertTrue(demo(NOW), shown());
            assertEquals(ROWS, weir.events());
            assertTrue(shown().contains("0.1742 USD"), shown());
            assertTrue(shown().contains("1 posted"), shown());
            assertTrue(shown().contains("1 of 1"), shown());
            assertTrue(shown().contains("ok, with usage of others"), shown());
            assertFalse(shown().contains("DIFFERS"), shown());
        }
    }

    @Test
    void second_run_in_another_hour_adds_nothing_and_says_so() throws Exception {
        try (StandIn weir = new StandIn(directory)) {
            assertTrue(demo(NOW));
            assertTrue(demo(NOW.plus(Duration.ofHours(3))), shown());
            assertEquals(ROWS, weir.events());
            assertTrue(shown().contains("nothing counted or charged again"), shown());
        }
    }

    @Test
    void lost_answers_and_refusals_are_repeated_until_all_is_recorded_once() throws Exception {
        try (StandIn weir = new StandIn(directory)) {
            weir.loseAnswers(2);
            weir.refuse(3);
            weir.answerBeforeRecording(1);
            assertTrue(demo(NOW), shown());
            assertEquals(ROWS, weir.events());
        }
    }

    @Test
    void without_a_running_weir_one_message_names_make_start() throws Exception {
        assertFalse(demo(NOW));
        assertTrue(shown().contains("make start"), shown());
        new StandIn(directory).close();
        assertFalse(demo(NOW));
        assertTrue(shown().contains("No Weir answers"), shown());
        assertFalse(Files.exists(directory.resolve("demo-small.properties")));
    }

    @Test
    void conflicting_events_fail_the_demo() throws Exception {
        try (StandIn weir = new StandIn(directory)) {
            assertTrue(demo(NOW.minus(Duration.ofHours(3))));
            Files.delete(directory.resolve("demo-small.properties"));
            assertFalse(demo(NOW), shown());
            assertEquals(ROWS, weir.events());
        }
    }
}
