package io.weir.loadtest.demo;

import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** {@code make demo TRACE=file.csv}: posts a real trace to a running Weir, sums it up, and takes it to the ERP. */
public final class Demo {
    private static final Duration UNREACHABLE = Duration.ofSeconds(60);
    private static final Duration OLDEST = Duration.ofDays(35);

    private final Path dataDirectory;
    private final Console console;
    private final InstantSource clock;
    private final Duration patience;

    Demo(Path dataDirectory, Console console, InstantSource clock, Duration patience) {
        this.dataDirectory = dataDirectory;
        this.console = console;
        this.clock = clock;
        this.patience = patience;
    }

    public static void main(String[] arguments) {
        Console console = Console.standard();
        if (arguments.length != 1 || arguments[0].isBlank()) {
            console.line("Usage: make demo TRACE=file.csv (a CSV with the header " + Trace.HEADER + ")");
            System.exit(1);
        }
        Demo demo = new Demo(DemoEnv.dataDirectory(System.getenv()), console, InstantSource.system(), UNREACHABLE);
        System.exit(demo.run(Path.of(arguments[0])) ? 0 : 1);
    }

    /** Runs it all; true when every event is recorded and every sum equals the file's. */
    boolean run(Path traceFile) {
        try (Api api = new Api(dataDirectory, patience)) {
            Trace trace = Trace.read(traceFile);
            DemoEnv env = DemoEnv.read(dataDirectory);
            if (!api.reachable()) {
                throw new DemoFailure("No Weir answers at " + env.url() + " (named by " + env.file()
                        + "). Run `make start` in another terminal first, and wait for `weir ready`.");
            }
            return run(api, trace).proven();
        } catch (DemoFailure | DemoEnv.Missing failure) {
            console.line(String.valueOf(failure.getMessage()));
            return false;
        }
    }

    private Summary run(Api api, Trace trace) {
        KeptShift kept = new KeptShift(dataDirectory, trace);
        Instant now = clock.instant();
        Shift shift = kept.of(trace, now);
        Shift.Span span = shift.spanOf(trace);
        console.line("%s: %,d calls, shifted to %s ... %s"
                .formatted(trace.name(), trace.rows().size(), shift.of(trace.first()), shift.of(trace.last())));
        warnWhenTooOld(kept, shift.of(trace.first()), now);

        TraceEvents events = new TraceEvents(trace, shift);
        Tally tally = new Delivery(api, events, console).deliver(trace.rows());
        Sums sums = new Sums(api, events.region(), span);
        sums.awaitClosedHours();
        Summary summary = new Summary(tally, sums.of(trace), new Billing(api, span).run());
        summary.print(console);
        return summary;
    }

    private void warnWhenTooOld(KeptShift kept, Instant first, Instant now) {
        if (first.isBefore(now.minus(OLDEST))) {
            console.line("Its first event lies more than " + OLDEST.toDays() + " days back, where Weir refuses events."
                    + " The times of this trace are kept in " + kept.file() + "; do not delete that file (the same ids"
                    + " would then conflict). To send the trace as new usage, copy it under another name, or start Weir"
                    + " with a new WEIR_DATA_DIR.");
        }
    }
}
