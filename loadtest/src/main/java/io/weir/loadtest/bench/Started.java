package io.weir.loadtest.bench;

import io.weir.loadtest.Patience;
import io.weir.loadtest.Programs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process that the benchmark started, with its output in a file; ended when closed, politely at first. */
record Started(Process process, Path output) implements AutoCloseable {
    private static final Duration POLITE = Duration.ofSeconds(20);

    static Started start(List<String> command, Path directory, Map<String, String> environment, Path output) {
        return new Started(Programs.start(command, directory, environment, output), output);
    }

    /** Waits for the first line of output that begins so, and gives it. */
    String await(String beginning, Duration limit) {
        Patience left = new Patience(limit);
        while (true) {
            Optional<String> line =
                    text().lines().filter(text -> text.startsWith(beginning)).findFirst();
            if (line.isPresent()) {
                return line.get();
            }
            if (!process.isAlive() || !left.again(Duration.ZERO)) {
                throw new BenchFailure("no line `" + beginning + "` came"
                        + (process.isAlive() ? " in " + limit.toSeconds() + " s" : ": the process ended")
                        + ". It said:\n"
                        + tail());
            }
        }
    }

    /** Waits until it has ended by itself. */
    void awaitEnd(Duration limit) {
        Patience left = new Patience(limit);
        while (process.isAlive() && left.again(Duration.ZERO)) {
            // asked again after a while
        }
        if (process.isAlive() || process.exitValue() > 2) {
            throw new BenchFailure(
                    "what was started " + (process.isAlive() ? "does not end" : "failed") + ". It said:\n" + tail());
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(POLITE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                process.waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException stopped) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private String tail() {
        String text = text();
        return text.substring(Math.max(0, text.length() - 2_000));
    }

    private String text() {
        return Programs.said(output);
    }
}
