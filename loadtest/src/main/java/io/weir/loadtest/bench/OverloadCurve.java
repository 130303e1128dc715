package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a node does beyond its capacity: checks and batches of events in an open model. First the capacity is sought (the highest
 * rate at which 97 of 100 requests of each kind are answered well and in time), then parts and multiples of it are offered. The ledger
 * records all the while, and has more to record than it can from the warm-up on, so that each point finds the node alike.
 */
final class OverloadCurve {
    static final int CHECKS_PERCENT = 50;

    private static final double[] TIMES = {0.5, 1, 2, 5};
    private static final int CHECKING = 96;
    /** So many that batches wait in the node and not in the generator, as they would with thousands of clients. */
    private static final int POSTING = 384;

    private static final Duration STEP = Duration.ofSeconds(3);
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    /** What a virtual machine that has just started compiles its paths with; uncounted. */
    private static final double[] WARMING = {300, 1_000, 2_000, 4_000};

    private static final double FIRST = 1_000;
    private static final int HALVINGS = 3;
    private static final int TRIES = 2;

    private final Console console;
    private final DemoEnv env;
    private final LedgerView ledger;
    private final Turns turns;
    private final InetSocketAddress address;

    OverloadCurve(Console console, DemoEnv env, LedgerView ledger, InstantSource clock) {
        this.console = console;
        this.env = env;
        this.ledger = ledger;
        this.turns = new Turns(clock);
        URI url = URI.create(env.url());
        this.address = new InetSocketAddress(url.getHost(), url.getPort());
    }

    /** Doubles the rate until it is too much, then halves what is uncertain. */
    double capacity() throws IOException {
        for (double warming : WARMING) {
            point(0, warming, WARM_UP);
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
            well = point(0, rate, STEP).well();
        }
        return well;
    }

    List<OverloadPoint> points(double capacity, Duration each) throws IOException {
        List<OverloadPoint> points = new ArrayList<>();
        for (double times : TIMES) {
            points.add(point(times, times * capacity, each));
        }
        return points;
    }

    /** Waits until all that was accepted is recorded; fails where an event is missing. */
    void prove() {
        ledger.awaitCaughtUp();
        ledger.prove(turns.accepted());
    }

    private OverloadPoint point(double times, double offered, Duration time) throws IOException {
        Requests.Turn own = turns.next();
        String host = address.getHostString() + ":" + address.getPort();
        double checks = offered * CHECKS_PERCENT / 100;
        List<OpenGenerator.Outcome> outcomes = new OpenGenerator(address)
                .run(
                        List.of(
                                new OpenGenerator.Stream(Requests.checks(host, env.key("SUPPORT")), checks, CHECKING),
                                new OpenGenerator.Stream(
                                        Requests.batch(host, env.key("BACKEND"), own, BenchSettings.BATCH),
                                        offered - checks,
                                        POSTING)),
                        time);
        OverloadPoint point =
                new OverloadPoint(times, offered, time, BenchSettings.BATCH, outcomes.getFirst(), outcomes.getLast());
        console.line(String.format(
                Locale.ROOT,
                "  offered %,.0f/s: %,.0f checks/s and %,.0f events/s well, %,.0f/s refused, %,d lost; p99 of checks %.1f ms",
                offered,
                point.goodChecks(),
                point.goodEvents(),
                point.refused(),
                point.lost(),
                point.p99()));
        turns.accepted(own, point.posts().good().total() * BenchSettings.BATCH);
        return point;
    }
}
