package io.weir.loadtest.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.loadtest.Console;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/**
 * A short run of {@code make chaos} on the distributions that this build has just made: every fault once, and all canaries. The seed
 * is of the clock, and told; {@code -Dweir.chaos.seed=} takes one again.
 */
class ChaosRunTest {
    @Test
    void every_fault_once_loses_nothing_and_counts_nothing_twice_and_broken_ledgers_are_seen() throws Exception {
        long seed = Long.getLong("weir.chaos.seed", System.nanoTime() % 1_000_000);
        ChaosSettings settings = new ChaosSettings(seed, Duration.ofSeconds(5), 4, 40, true);
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        Console console = new Console(new PrintStream(told, true, StandardCharsets.UTF_8), false);
        Report report = Chaos.run(settings, Path.of("..").toAbsolutePath().normalize(), console);
        report.print(console);
        System.err.println(told.toString(StandardCharsets.UTF_8));
        assertTrue(report.good(), () -> told.toString(StandardCharsets.UTF_8));
        assertEquals(EnumSet.allOf(Canary.class), report.canaries().keySet());
        assertTrue(report.ids().count(Verdict.RECORDED_ONCE) > 100);
        assertTrue(report.ids().count(Verdict.CORRECTED) > 10);
        assertTrue(
                report.sets().count(SetVerdict.CLOSED) >= 2,
                "an ordinary one and a period correction are closed at last");
    }
}
