package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.MeasuredTree;
import io.weir.loadtest.gatling.OverloadSimulation;
import io.weir.loadtest.gatling.OverloadStep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code make load SCENARIO=overload}: starts a Weir of its own, draws its curve, ends what it started. */
public final class Overload {
    /**
     * A node that only admits, as those of the benchmark: what it takes on is the front door's work. It has one event loop, and a core of
     * its own, so that it is the node that is overloaded, and not the log or the generator.
     */
    private static final Map<String, String> NODE = Map.of("WEIR_LEDGER_LOOPS", "0", "WEIR_NODE_EVENTLOOPS", "1");

    /** Starting Gatling, pauses between the steps, and its report. */
    private static final Duration SIMULATION = Duration.ofMinutes(2);

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
        console.line("Starting local services and a node of its own, that admits with one event loop ...");
        Path data = Files.createDirectory(directory.resolve("data"));
        RunningWeir weir =
                kept.keep(RunningWeir.start(root, List.of("make", "start"), data, NODE, directory.resolve("weir.log")));
        weir.awaitReady();
        pin(weir.env());
        OverloadCurve curve = new OverloadCurve(weir.env(), directory, clock);
        console.line("Looking for the capacity ...");
        double capacity = new Capacity(console, curve.address(), curve.checks(), curve.batches()).perSecond();
        console.line("Gatling offers parts and multiples of it, " + each.toSeconds() + " s each ...");
        List<OverloadStep> steps = curve.prepare(capacity, each);
        simulate(directory, data);
        OverloadResults drawn = new OverloadResults(tree.commit(), Machine.present(), capacity, curve.points(steps));
        console.line("");
        drawn.print(console);
        drawn.write(results);
        console.line("Written to " + results + ". Gatling's report: " + reports() + ".");
        return drawn.kept();
    }

    /** Where Linux lets us: a core for the node, the others for the log, the ledger's database and the generators. */
    private void pin(DemoEnv env) {
        int cores = Runtime.getRuntime().availableProcessors();
        String others = "1-" + (cores - 1);
        boolean done = cores > 1
                && Pinned.to("0", env.get("WEIR_NODE_PID"))
                && Pinned.to(others, env.get("WEIR_SERVICES_PID"))
                && Pinned.to(others, Long.toString(ProcessHandle.current().pid()));
        console.line(
                done
                        ? "The node has a core of its own."
                        : "taskset is not here: node, log and generators share the cores.");
    }

    private Path reports() {
        return root.resolve("loadtest/target/gatling");
    }

    /** Gatling in a process of its own: it ends its virtual machine when it has ended. */
    private void simulate(Path directory, Path data) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                OverloadSimulation.argument(directory)));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.gatling.app.Gatling"));
        command.addAll(List.of(
                "-s", OverloadSimulation.class.getName(), "-rf", reports().toString(), "-rd", "overload"));
        Path said = directory.resolve("gatling.log");
        Started gatling = kept.keep(Started.start(command, root, Map.of("WEIR_DATA_DIR", data.toString()), said));
        gatling.awaitEnd(SIMULATION.plus(each.multipliedBy(OverloadCurve.TIMES.length)));
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
