package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Batches at a steady rate for so long that a ledger which does not keep up shows it: a little more than half of what the bare insert
 * did. What counts is from the first request until the ledger has them all. Then half of that load, and how long single events take
 * from their request until they are counted.
 */
final class SustainedRecording {
    private static final double OFFERED_OF_BARE = 0.55;
    private static final int POSTING = 64;
    private static final int PROBING = 32;
    private static final double PROBES_A_SECOND = 50;

    private final Row row = new Row("recorded-sustained", "events/s", "bare Postgres unnest", Row.Node.WHOLE);
    private final Sides sides;
    private final LedgerView ledger;
    private final Console console;

    SustainedRecording(Sides sides, LedgerView ledger, Console console) {
        this.sides = sides;
        this.ledger = ledger;
        this.console = console;
    }

    Row row() {
        return row;
    }

    /**
     * Measures.
     *
     * @param bare events a second of the bare insert of the same run
     */
    void run(double bare, Duration sustained) {
        double batches = bare * OFFERED_OF_BARE / BenchSettings.BATCH;
        console.line(String.format(
                Locale.ROOT,
                "sustained: %,.0f events/s for %d s",
                batches * BenchSettings.BATCH,
                sustained.toSeconds()));
        Requests.Turn turn = sides.turns().next();
        long start = System.nanoTime();
        OpenGenerator.Outcome posted =
                offer(List.of(stream(turn, batches)), sustained).getFirst();
        double behind = caughtUp(posted, turn);
        double seconds = (System.nanoTime() - start) / 1e9;
        long events = posted.good().total() * BenchSettings.BATCH;
        console.line(String.format(
                Locale.ROOT,
                "  %,d events accepted, %,d requests refused or late, ledger caught up after %.1f s more",
                events,
                posted.due() - posted.good().total(),
                behind));
        OpenGenerator.Outcome counted = probes(batches / 2, sustained.dividedBy(4));
        row.addWeir(
                events / seconds,
                counted.good().percentileMillis(50),
                counted.good().percentileMillis(99));
        row.addBare(bare);
        console.line(row.newest());
    }

    private double caughtUp(OpenGenerator.Outcome posted, Requests.Turn turn) {
        long end = System.nanoTime();
        ledger.awaitCaughtUp();
        ledger.prove(List.of(sides.turns().accepted(turn, posted.good().total() * BenchSettings.BATCH)));
        return (System.nanoTime() - end) / 1e9;
    }

    private OpenGenerator.Outcome probes(double batches, Duration time) {
        Requests.Turn turn = sides.turns().next();
        List<OpenGenerator.Stream> streams = new ArrayList<>(List.of(stream(turn, batches)));
        streams.add(new OpenGenerator.Stream(
                Requests.recorded(
                        host(), sides.env().key("BACKEND"), sides.turns().next()),
                PROBES_A_SECOND,
                PROBING));
        List<OpenGenerator.Outcome> outcomes = offer(streams, time);
        caughtUp(outcomes.getFirst(), turn);
        OpenGenerator.Outcome counted = outcomes.getLast();
        console.line(String.format(
                Locale.ROOT,
                "  at half of it: %,d of %,d single events were counted within a second, p99 %.0f ms",
                counted.good().total(),
                counted.due(),
                counted.good().percentileMillis(99)));
        return counted;
    }

    private OpenGenerator.Stream stream(Requests.Turn turn, double batches) {
        return new OpenGenerator.Stream(
                Requests.batch(host(), sides.env().key("BACKEND"), turn, BenchSettings.BATCH), batches, POSTING);
    }

    private List<OpenGenerator.Outcome> offer(List<OpenGenerator.Stream> streams, Duration time) {
        try {
            return new OpenGenerator(
                            new InetSocketAddress("127.0.0.1", sides.weir().port()))
                    .run(streams, time);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private String host() {
        return "127.0.0.1:" + sides.weir().port();
    }
}
