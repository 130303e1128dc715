package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.Stream;

/** {@code make bench}: starts what it needs on free ports, measures in turns, prints and writes the results, ends it all. */
public final class Bench {
    private final BenchSettings settings;
    private final Console console;
    private final InstantSource clock = InstantSource.system();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private volatile boolean ending;
    private volatile boolean finished;

    private Bench(BenchSettings settings, Console console) {
        this.settings = settings;
        this.console = console;
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
            endAll();
            finished = true;
            deleteUnlessKept(directory);
            return true;
        } catch (BenchFailure | UncheckedIOException failure) {
            if (!ending) {
                console.line("The benchmark failed: " + failure.getMessage());
                console.line("Logs are left in " + directory);
                endAll();
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
            endAll();
            try {
                delete(directory);
            } catch (IOException | UncheckedIOException busy) {
                console.line("not all of " + directory + " could be deleted: " + busy.getMessage());
            }
        }
    }

    private void measure(Path directory) throws IOException {
        LoadGenerator generator = generator(directory);
        console.line("Load by " + generator.name() + "; " + settings.rounds() + " rounds of "
                + settings.turn().toSeconds() + " s a turn.");
        Path data = Files.createDirectory(directory.resolve("data"));
        console.line("Starting local services and a node ...");
        RunningWeir weir = keep(RunningWeir.start(settings.root(), settings.startCommand(), data));
        weir.awaitReady();
        NodeConf conf = NodeConf.read(settings.root().resolve("conf/weir.yaml"));
        String name = "bare_" + Long.toString(clock.millis(), 36);
        BareProcess bare = keep(BareProcess.start(settings.root(), weir, conf, name, directory.resolve("bare.log")));
        bare.awaitReady();
        console.line("The baselines run with the node's flags: " + String.join(" ", weir.virtualMachineFlags()));
        Http http = keep(new Http());
        Rounds rounds = new Rounds(settings, generator, weir, bare, http, console, clock);
        rounds.warmUp();
        for (int round = 1; round <= settings.rounds(); round++) {
            rounds.round("round " + round);
        }
        Results results = new Results(commit(), Machine.present(), rounds.rows());
        console.line("");
        results.print(console);
        results.write(settings.results());
        console.line("");
        console.line("Written to " + settings.results());
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

    private String commit() throws IOException {
        Process git = new ProcessBuilder("git", "rev-parse", "HEAD")
                .directory(settings.root().toFile())
                .start();
        String hash =
                new String(git.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII).strip();
        return hash.isEmpty() ? "unknown" : hash;
    }

    private synchronized <T extends AutoCloseable> T keep(T resource) {
        started.push(resource);
        return resource;
    }

    private synchronized void endAll() {
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception failed) {
                console.line("ending what was started: " + failed);
            }
        }
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
