package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Seeks the highest rate at which a node answers 97 of 100 requests of each kind well and in time. Half of the requests are checks, the
 * others batches, in an open model.
 */
final class Capacity {
    private static final int CHECKING = 96;
    /** So many that batches wait in the node and not in the generator, as they would with thousands of clients. */
    private static final int POSTING = 384;

    private static final Duration STEP = Duration.ofSeconds(5);
    /** What a virtual machine that has just started compiles its paths with; uncounted. */
    private static final double[] WARMING = {50, 100, 200, 400, 400};

    private static final double FIRST = 100;
    private static final int HALVINGS = 3;
    private static final int TRIES = 2;
    private static final double WELL = 0.97;

    private final Console console;
    private final InetSocketAddress address;
    private final Requests checks;
    private final Requests batches;

    Capacity(Console console, InetSocketAddress address, Requests checks, Requests batches) {
        this.console = console;
        this.address = address;
        this.checks = checks;
        this.batches = batches;
    }

    /** Doubles the rate until it is too much, then halves what is uncertain; in requests a second. */
    double perSecond() throws IOException {
        for (double warming : WARMING) {
            well(warming);
        }
        double well = 0;
        double tooMuch = FIRST;
        while (keepsUp(tooMuch)) {
            well = tooMuch;
            tooMuch *= 2;
        }
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (well + tooMuch) / 2;
            if (keepsUp(middle)) {
                well = middle;
            } else {
                tooMuch = middle;
            }
        }
        if (well == 0) {
            throw new BenchFailure(
                    "the node keeps up with no rate that was tried: is the machine busy with something else?");
        }
        return well;
    }

    /** Asked twice before it is denied: one pause of the machine is no limit. */
    private boolean keepsUp(double rate) throws IOException {
        boolean well = false;
        for (int tried = 0; tried < TRIES && !well; tried++) {
            well = well(rate);
        }
        return well;
    }

    private boolean well(double rate) throws IOException {
        List<OpenGenerator.Outcome> outcomes = new OpenGenerator(address)
                .run(
                        List.of(
                                new OpenGenerator.Stream(checks, rate / 2, CHECKING),
                                new OpenGenerator.Stream(batches, rate / 2, POSTING)),
                        STEP);
        boolean well = outcomes.stream().allMatch(one -> one.good().total() >= WELL * one.due());
        OpenGenerator.Outcome posts = outcomes.getLast();
        console.line(String.format(
                Locale.ROOT,
                "  offered %,.0f/s: %s; of batches %,d well, %,d refused, %,d late; p99 of checks %.1f ms",
                rate,
                well ? "kept up" : "too much",
                posts.good().total(),
                posts.refused(),
                posts.late() + posts.unsent() + posts.failed(),
                outcomes.getFirst().good().percentileMillis(99)));
        return well;
    }
}
