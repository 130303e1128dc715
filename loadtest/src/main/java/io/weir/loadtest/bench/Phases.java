package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The two phases of a benchmark: an admitting node, then a whole node on the same data directory. */
final class Phases {
    private final BenchSettings settings;
    private final Path directory;
    private final LoadGenerator generator;
    private final Console console;
    private final InstantSource clock;
    private final Kept kept;
    private final NodeConf conf;
    private final Turns turns;
    private final Instant start;

    Phases(
            BenchSettings settings,
            Path directory,
            LoadGenerator generator,
            Console console,
            InstantSource clock,
            Kept kept) {
        this.settings = settings;
        this.directory = directory;
        this.generator = generator;
        this.console = console;
        this.clock = clock;
        this.kept = kept;
        this.conf = NodeConf.read(settings.root().resolve("conf/weir.yaml"), System.getenv());
        this.turns = new Turns(clock);
        this.start = clock.instant();
        if (conf.get("ledger.loops").equals("0")) {
            throw new BenchFailure(
                    "WEIR_LEDGER_LOOPS is 0, but the second phase measures a node that records: unset it");
        }
    }

    /** What the whole node did: its rows, and how it recorded the first phase's events. */
    record Whole(Backlog backlog, List<Row> rows) {}

    /** After it everything that it started has ended; its events are in the log, and none is recorded. */
    List<Row> admitting() {
        console.line("Starting local services and an admitting node (WEIR_LEDGER_LOOPS=0) ...");
        RunningWeir weir = weir("admitting", Map.of("WEIR_LEDGER_LOOPS", "0"));
        console.line("The baselines run with the node's flags: " + String.join(" ", weir.virtualMachineFlags()));
        AdmittingRounds rounds = new AdmittingRounds(settings, sides("admitting", weir, 0), console);
        rounds.run();
        kept.endAll();
        return rounds.rows();
    }

    Whole whole() {
        console.line("Starting the same again as a whole node, with " + conf.get("ledger.loops") + " ledger loops ...");
        RunningWeir weir = weir("whole", Map.of());
        Http http = kept.keep(new Http());
        LedgerView ledger = new LedgerView(http, weir.env(), clock, start);
        Backlog backlog = Backlog.recorded(ledger, turns.accepted());
        console.line("  " + backlog.line());
        WholeRounds rounds = new WholeRounds(settings, sides("whole", weir, backlog.events()), http, ledger, console);
        rounds.run();
        return new Whole(backlog, rounds.rows());
    }

    private RunningWeir weir(String phase, Map<String, String> environment) {
        RunningWeir weir = kept.keep(RunningWeir.start(
                settings.root(),
                settings.startCommand(),
                directory.resolve("data"),
                environment,
                directory.resolve("weir-" + phase + ".log")));
        weir.awaitReady();
        return weir;
    }

    private Sides sides(String phase, RunningWeir weir, long recorded) {
        String name = "bare_" + phase + "_" + Long.toString(clock.millis(), 36);
        BareProcess bare = kept.keep(BareProcess.start(
                settings.root(), weir, conf, name, recorded, directory.resolve("bare-" + phase + ".log")));
        bare.awaitReady();
        return new Sides(generator, weir, bare, turns);
    }
}
