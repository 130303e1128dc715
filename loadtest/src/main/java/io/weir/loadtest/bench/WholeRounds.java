package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import io.weir.loadtest.Latencies;
import java.time.Duration;
import java.util.List;

/**
 * The second phase: a whole node, which records what it accepts. It has recorded the first phase's backlog already.
 *
 * <p>A turn that posted batches is followed by a wait until the ledger has them all, and by the proof that it holds at least
 * those that were counted; from the first request to there is the measure {@code recorded}.
 */
final class WholeRounds {
    private static final int PROBES = 200;

    private final Row recorded = new Row("recorded", "events/s", "bare Postgres unnest", Row.Node.WHOLE);
    private final Row recording = new Row("ingest-batch-recording", "events/s", "bare Vert.x to Kafka", Row.Node.WHOLE);

    private final BenchSettings settings;
    private final Sides sides;
    private final Http http;
    private final LedgerView ledger;
    private final Console console;

    WholeRounds(BenchSettings settings, Sides sides, Http http, LedgerView ledger, Console console) {
        this.settings = settings;
        this.sides = sides;
        this.http = http;
        this.ledger = ledger;
        this.console = console;
    }

    List<Row> rows() {
        return List.of(recorded, recording);
    }

    void run() {
        // The backlog has warmed up the ledger; two rounds that are not counted do so for the rest and for the
        // baselines.
        round("warm-up 1", settings.warmUpTurn());
        round("warm-up 2", settings.warmUpTurn());
        rows().forEach(Row::startCounting);
        for (int round = 1; round <= settings.rounds(); round++) {
            round("round " + round, settings.turn());
        }
    }

    private void round(String name, Duration turn) {
        console.line(name);
        sides.bareBatches(recording, turn);
        long start = System.nanoTime();
        Turns.Accepted accepted = sides.weirBatches(recording, turn);
        long posted = System.nanoTime();
        ledger.awaitCaughtUp();
        long end = System.nanoTime();
        ledger.prove(List.of(accepted));
        console.line(recording.newest() + ", ledger caught up after %.1f s more".formatted((end - posted) / 1e9));
        double perSecond = ledger.recorded(List.of(accepted)) / ((end - start) / 1e9);
        Latencies latencies = probes();
        recorded.addWeir(perSecond, latencies.percentileMillis(50), latencies.percentileMillis(99));
        recorded.addBare(sides.bare().insert(http, settings.turn(), BenchSettings.INSERT_EVENTS));
        console.line(recorded.newest());
    }

    /** How long one event takes to the ledger on the now quiet node. */
    private Latencies probes() {
        Latencies latencies = new Latencies();
        Requests.Turn turn = sides.turns().next();
        for (int probe = 0; probe < PROBES; probe++) {
            String event =
                    ("{\"specversion\":\"1.0\",\"id\":\"%s-%d\",\"source\":\"/bench\",\"type\":\"llm.completion\","
                                    + "\"subject\":\"ws-%03d\",\"time\":\"%s\",\"data\":{\"model\":\"m1\",\"region\":\"%s\","
                                    + "\"inputTokens\":1,\"outputTokens\":1}}")
                            .formatted(turn.prefix(), probe, probe % 100 + 1, turn.time(), turn.region());
            long start = System.nanoTime();
            long done = http.post(
                            sides.env().url() + "/v1/events?until=recorded",
                            sides.env().key("BACKEND"),
                            "application/cloudevents+json",
                            event)
                    .path("recorded")
                    .asLong();
            if (done != 1) {
                throw new BenchFailure("an event posted until=recorded was not answered as recorded");
            }
            latencies.record(System.nanoTime() - start);
        }
        return latencies;
    }
}
