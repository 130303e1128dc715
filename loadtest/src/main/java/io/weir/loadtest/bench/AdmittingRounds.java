package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.time.Duration;
import java.util.List;

/**
 * The first phase: a node without ledger loops, which does what the baselines do and nothing else. What it accepts waits in
 * the log for the second phase, so the turns that post are no longer than the backlog may grow.
 */
final class AdmittingRounds {
    private final Row check = new Row("check", "requests/s", "bare Vert.x router", Row.Node.ADMITTING);
    private final Row single = new Row("ingest-single", "events/s", "bare Vert.x to Kafka", Row.Node.ADMITTING);
    private final Row batch = new Row("ingest-batch", "events/s", "bare Vert.x to Kafka", Row.Node.ADMITTING);
    private final Row gzip = new Row("ingest-batch-gzip", "events/s", "bare gunzip to Kafka", Row.Node.ADMITTING);

    private final BenchSettings settings;
    private final Sides sides;
    private final Console console;
    private Duration singlesTurn;
    private Duration batchesTurn;
    private Duration gzipTurn;

    AdmittingRounds(BenchSettings settings, Sides sides, Console console) {
        this.settings = settings;
        this.sides = sides;
        this.console = console;
        this.singlesTurn = settings.warmUpTurn();
        this.batchesTurn = settings.warmUpTurn();
        this.gzipTurn = settings.warmUpTurn();
    }

    List<Row> rows() {
        return List.of(check, single, batch, gzip);
    }

    void run() {
        // Two rounds that are not counted, so that both sides are compiled before the first that is.
        round("warm-up 1");
        round("warm-up 2");
        singlesTurn = settings.bounded(single.lastWeir(), settings.mostSingles());
        batchesTurn = settings.bounded(batch.lastWeir(), settings.mostBatched());
        gzipTurn = settings.bounded(gzip.lastWeir(), settings.mostBatched());
        if (batchesTurn.compareTo(settings.turn()) < 0
                || gzipTurn.compareTo(settings.turn()) < 0
                || singlesTurn.compareTo(settings.turn()) < 0) {
            console.line(
                    "Turns that post are %d s (single) and %d s (batch), %d s (gzip) long, so that the backlog stays small."
                            .formatted(singlesTurn.toSeconds(), batchesTurn.toSeconds(), gzipTurn.toSeconds()));
        }
        rows().forEach(Row::startCounting);
        for (int round = 1; round <= settings.rounds(); round++) {
            round("round " + round);
        }
    }

    private void round(String name) {
        console.line(name);
        sides.checks(check, settings.turn());
        console.line(check.newest());
        sides.singles(single, singlesTurn);
        console.line(single.newest());
        sides.bareBatches(batch, batchesTurn);
        sides.weirBatches(batch, batchesTurn);
        console.line(batch.newest());
        sides.bareCompressed(gzip, gzipTurn);
        sides.weirCompressed(gzip, gzipTurn);
        console.line(gzip.newest());
    }
}
