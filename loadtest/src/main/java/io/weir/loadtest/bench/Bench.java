package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import io.weir.loadtest.MeasuredTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** {@code make bench}: starts what it needs on free ports, measures in turns, prints and writes the results, ends it all. */
public final class Bench {
    private final BenchSettings settings;
    private final Console console;
    private final InstantSource clock = InstantSource.system();
    private final Kept kept;
    private volatile boolean ending;
    private volatile boolean finished;

    private Bench(BenchSettings settings, Console console) {
        this.settings = settings;
        this.console = console;
        this.kept = new Kept(console);
    }

    public static void main(String[] arguments) throws IOException {
        Console console = Console.standard();
        try {
            System.exit(new Bench(BenchSettings.of(arguments, System.getenv()), console).run() ? 0 : 1);
        } catch (BenchFailure wrong) {
            console.line(String.valueOf(wrong.getMessage()));
            System.exit(1);
        }
    }

    private boolean run() throws IOException {
        Path directory = Files.createTempDirectory("weir-bench");
        // Ctrl-C ends the virtual machine through its hooks: whatever was started is ended there too.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopped(directory), "end"));
        try {
            measure(directory);
            kept.endAll();
            finished = true;
            deleteUnlessKept(directory);
            return true;
        } catch (BenchFailure | UncheckedIOException failure) {
            if (!ending) {
                console.line("The benchmark failed: " + failure.getMessage());
                console.line("Logs are left in " + directory);
                kept.endAll();
                finished = true;
                deleteUnlessKept(directory.resolve("data"));
            }
            return false;
        }
    }

    /** What the shutdown hook does; nothing is left to do after an end in order. */
    private void stopped(Path directory) {
        ending = true;
        if (!finished) {
            kept.stop();
            try {
                delete(directory);
            } catch (IOException | UncheckedIOException busy) {
                console.line("not all of " + directory + " could be deleted: " + busy.getMessage());
            }
        }
    }

    private void measure(Path directory) throws IOException {
        MeasuredTree tree = MeasuredTree.of(settings.root());
        console.line("Measuring commit " + tree.commit()
                + (tree.dirty() ? ", but files differ from it: the figures are of what stands here." : "."));
        LoadGenerator generator = generator(directory);
        console.line("Load by " + generator.name() + "; " + settings.rounds() + " rounds of "
                + settings.turn().toSeconds() + " s a turn.");
        Files.createDirectory(directory.resolve("data"));
        Instant start = clock.instant();
        Phases phases = new Phases(settings, directory, generator, console, clock, kept);
        List<Row> rows = new ArrayList<>(phases.admitting());
        Phases.Whole whole = phases.whole();
        rows.addAll(whole.rows());
        Results results = new Results(tree.commit(), Machine.present(), rows);
        console.line("");
        results.print(console);
        console.line(whole.backlog().line());
        results.write(settings.results());
        console.line("");
        console.line("Written to " + settings.results() + " after "
                + Duration.between(start, clock.instant()).toSeconds() + " s.");
    }

    private LoadGenerator generator(Path directory) {
        return Wrk.find(System.getenv().getOrDefault("PATH", ""))
                .<LoadGenerator>map(program -> new Wrk(program, directory, settings.connections(), 2))
                .orElseGet(() -> {
                    console.line(
                            "wrk is not on the PATH (`apt-get install wrk` brings it): using the built-in generator.");
                    return new BuiltInGenerator(settings.connections());
                });
    }

    private void deleteUnlessKept(Path directory) throws IOException {
        if (!settings.keep()) {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
