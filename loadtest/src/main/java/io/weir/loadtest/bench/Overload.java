package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code make load SCENARIO=overload}: starts a Weir of its own, draws its curve, ends what it started. */
public final class Overload {
    private final Path root;
    private final Path results;
    private final Duration each;
    private final Console console;
    private final InstantSource clock = InstantSource.system();
    private final Kept kept;

    private Overload(Path root, Path results, Duration each, Console console) {
        this.root = root;
        this.results = results;
        this.each = each;
        this.console = console;
        this.kept = new Kept(console);
    }

    public static void main(String[] arguments) throws IOException {
        Map<String, String> environment = System.getenv();
        Console console = Console.standard();
        Path root = Path.of(arguments.length > 0 ? arguments[0] : "").toAbsolutePath();
        String seconds = environment.getOrDefault("LOAD_SECONDS", "10");
        if (!seconds.matches("[1-9]\\d{0,2}")) {
            console.line("LOAD_SECONDS must be a whole number above zero, not " + seconds);
            System.exit(1);
        }
        Path results = root.resolve(environment.getOrDefault("LOAD_RESULTS", "loadtest/results/overload.json"));
        Duration each = Duration.ofSeconds(Integer.parseInt(seconds));
        System.exit(new Overload(root, results, each, console).run() ? 0 : 1);
    }

    private boolean run() throws IOException {
        Path directory = Files.createTempDirectory("weir-overload");
        // Ctrl-C ends the virtual machine through its hooks: whatever was started is ended there too.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(directory), "end"));
        try {
            return measure(directory);
        } catch (BenchFailure | UncheckedIOException failure) {
            console.line("The curve could not be drawn: " + failure.getMessage());
            return false;
        }
    }

    private boolean measure(Path directory) throws IOException {
        MeasuredTree tree = MeasuredTree.of(root);
        console.line("Measuring commit " + tree.commit()
                + (tree.dirty() ? ", but files differ from it: the figures are of what stands here." : "."));
        console.line("Starting local services and a node of its own ...");
        Path data = Files.createDirectory(directory.resolve("data"));
        RunningWeir weir = kept.keep(
                RunningWeir.start(root, List.of("make", "start"), data, Map.of(), directory.resolve("weir.log")));
        weir.awaitReady();
        Http http = kept.keep(new Http());
        OverloadCurve curve =
                new OverloadCurve(console, weir.env(), new LedgerView(http, weir.env(), clock, clock.instant()), clock);
        console.line("Looking for the capacity ...");
        double capacity = curve.capacity();
        console.line("Offering parts and multiples of it, " + each.toSeconds() + " s each ...");
        OverloadResults drawn = new OverloadResults(
                tree.commit(), Machine.present(), capacity, OverloadCurve.CHECKS_PERCENT, curve.points(capacity, each));
        console.line("");
        drawn.print(console);
        drawn.write(results);
        console.line("Written to " + results + ".");
        console.line("Waiting for the ledger ...");
        curve.prove();
        console.line("Every accepted event is recorded.");
        return drawn.kept();
    }

    private void end(Path directory) {
        kept.stop();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException busy) {
            console.line("not all of " + directory + " could be deleted: " + busy.getMessage());
        }
    }
}
