package io.weir.loadtest.chaos;

import io.weir.loadtest.Patience;
import io.weir.loadtest.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One start of a program, its output in a file of its own. */
final class Running {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final Process process;
    private final Path output;

    private Running(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static Running start(List<String> command, Path directory, Map<String, String> environment, Path output) {
        return new Running(Programs.start(command, directory, environment, output), output);
    }

    /** Waits until it says so; false when it ended before, or said nothing in that time. */
    boolean says(String beginning, Duration limit) {
        long until = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < until) {
            boolean alive = process.isAlive();
            if (text().lines().anyMatch(line -> line.startsWith(beginning))) {
                return true;
            }
            if (!alive) {
                return false;
            }
            Patience.pause(LOOK);
        }
        return false;
    }

    String text() {
        return Programs.said(output);
    }

    boolean alive() {
        return process.isAlive();
    }

    /** kill -9. */
    void kill() {
        process.destroyForcibly();
        await(5);
    }

    /** Sends a signal by its name, such as STOP. */
    void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it politely, and otherwise when its time is over. */
    void end(int seconds) {
        process.destroy();
        if (!await(seconds)) {
            kill();
        }
    }

    private boolean await(int seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
