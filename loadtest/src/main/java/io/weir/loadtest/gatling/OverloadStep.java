package io.weir.loadtest.gatling;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is offered for a while: so many requests a second, which are so many times the capacity, half of them checks and half batches.
 *
 * @param directory where the compressed bodies of its batches lie, a file each; they are sent in turn, round and round
 */
public record OverloadStep(double times, double perSecond, Duration time, Path directory) {
    static final double CHECKS = 0.5;
    private static final String FILE = "steps";

    /** Notes what a simulation is to offer, in the directory that it is told. */
    public static void writeAll(Path directory, List<OverloadStep> steps) throws IOException {
        Files.write(
                directory.resolve(FILE),
                steps.stream()
                        .map(step -> "%s %s %s %s"
                                .formatted(step.times, step.perSecond, step.time, step.directory.getFileName()))
                        .toList());
    }

    static List<OverloadStep> readAll(Path directory) {
        try {
            return Files.readAllLines(directory.resolve(FILE)).stream()
                    .map(line -> line.split(" "))
                    .map(parts -> new OverloadStep(
                            Double.parseDouble(parts[0]),
                            Double.parseDouble(parts[1]),
                            Duration.parse(parts[2]),
                            directory.resolve(parts[3])))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException("no steps to offer", unreadable);
        }
    }

    /** How its checks are called in the report. */
    public String checksName() {
        return times + " times the capacity: checks";
    }

    /** How its batches are called in the report. */
    public String batchesName() {
        return times + " times the capacity: batches";
    }

    double checks() {
        return perSecond * CHECKS;
    }

    double batches() {
        return perSecond - checks();
    }

    List<byte[]> bodies() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().map(OverloadStep::bytes).toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
