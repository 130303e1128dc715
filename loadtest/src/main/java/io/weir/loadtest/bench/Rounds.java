package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import java.time.InstantSource;
import java.util.List;

/**
 * Takes the turns: each baseline beside what Weir does, then the next.
 *
 * <p>A turn of Weir's that posted events is followed by a wait until the ledger has them all, and by the proof that it holds
 * at least those that were counted; for the batches that wait is itself the measure {@code recorded}.
 */
final class Rounds {
    private static final int PROBES = 200;

    private final Row check = new Row("check", "requests/s", "bare Vert.x router");
    private final Row single = new Row("ingest-single", "events/s", "bare Vert.x to Kafka");
    private final Row batch = new Row("ingest-batch", "events/s", "bare Vert.x to Kafka");
    private final Row recorded = new Row("recorded", "events/s", "bare Postgres unnest");

    private final BenchSettings settings;
    private final LoadGenerator generator;
    private final RunningWeir weir;
    private final BareProcess bare;
    private final Http http;
    private final LedgerView ledger;
    private final Console console;
    private final InstantSource clock;
    private final String run;
    private int turns;
    private double recordedPerSecond;

    Rounds(
            BenchSettings settings,
            LoadGenerator generator,
            RunningWeir weir,
            BareProcess bare,
            Http http,
            Console console,
            InstantSource clock) {
        this.settings = settings;
        this.generator = generator;
        this.weir = weir;
        this.bare = bare;
        this.http = http;
        this.console = console;
        this.clock = clock;
        this.ledger = new LedgerView(http, weir.env(), clock);
        this.run = Long.toString(clock.millis(), 36);
    }

    List<Row> rows() {
        return List.of(check, single, batch, recorded);
    }

    /** Two rounds that are not counted, so that both sides are compiled before the first that is. */
    void warmUp() {
        round("warm-up 1");
        round("warm-up 2");
        rows().forEach(Row::forget);
    }

    void round(String name) {
        console.line(name);
        checks();
        singles();
        batches();
        probes();
    }

    private void checks() {
        check.addBare(generator
                .run(bare.port(), Requests.checks(host(bare.port()), "none"), settings.turn())
                .need("bare router")
                .perSecond());
        Measured measured = generator
                .run(weir.port(), Requests.checks(host(weir.port()), env().key("SUPPORT")), settings.turn())
                .need("check");
        check.addWeir(measured.perSecond(), measured.p50Millis(), measured.p99Millis());
        say(check, "");
    }

    private void singles() {
        single.addBare(generator
                .run(bare.port(), Requests.single(host(bare.port()), "none", nextTurn()), settings.turn())
                .need("bare single")
                .perSecond());
        Requests.Turn turn = nextTurn();
        Measured measured = generator
                .run(weir.port(), Requests.single(host(weir.port()), env().key("BACKEND"), turn), settings.turn())
                .need("ingest-single");
        single.addWeir(measured.perSecond(), measured.p50Millis(), measured.p99Millis());
        long start = System.nanoTime();
        provenRecorded(turn, measured.good());
        say(single, ", ledger caught up after %.1f s more".formatted((System.nanoTime() - start) / 1e9));
    }

    private void batches() {
        batch.addBare(BenchSettings.BATCH
                * generator
                        .run(bare.port(), batchOf(bare.port(), "none", nextTurn()), settings.turn())
                        .need("bare batch")
                        .perSecond());
        Requests.Turn turn = nextTurn();
        long start = System.nanoTime();
        Measured measured = generator
                .run(weir.port(), batchOf(weir.port(), env().key("BACKEND"), turn), settings.turn())
                .need("ingest-batch");
        batch.addWeir(BenchSettings.BATCH * measured.perSecond(), measured.p50Millis(), measured.p99Millis());
        long posted = System.nanoTime();
        long events = provenRecorded(turn, measured.good() * BenchSettings.BATCH);
        long end = System.nanoTime();
        say(batch, ", ledger caught up after %.1f s more".formatted((end - posted) / 1e9));
        recordedPerSecond = events / ((end - start) / 1e9);
    }

    /** How long one event takes to the ledger on the now quiet node, and what the bare insert does. */
    private void probes() {
        Latencies latencies = new Latencies();
        Requests.Turn turn = nextTurn();
        for (int probe = 0; probe < PROBES; probe++) {
            String event =
                    ("{\"specversion\":\"1.0\",\"id\":\"%s-%d\",\"source\":\"/bench\",\"type\":\"llm.completion\","
                                    + "\"subject\":\"ws-%03d\",\"time\":\"%s\",\"data\":{\"model\":\"m1\",\"region\":\"%s\","
                                    + "\"inputTokens\":1,\"outputTokens\":1}}")
                            .formatted(turn.prefix(), probe, probe % 100 + 1, turn.time(), turn.region());
            long start = System.nanoTime();
            long done = http.post(
                            env().url() + "/v1/events?until=recorded",
                            env().key("BACKEND"),
                            "application/cloudevents+json",
                            event)
                    .path("recorded")
                    .asLong();
            if (done != 1) {
                throw new BenchFailure("an event posted until=recorded was not answered as recorded");
            }
            latencies.record(System.nanoTime() - start);
        }
        recorded.addWeir(recordedPerSecond, latencies.percentileMillis(50), latencies.percentileMillis(99));
        recorded.addBare(bare.insert(http, settings.turn(), BenchSettings.INSERT_EVENTS));
        say(recorded, "");
    }

    /** Waits for the ledger and counts; an event that was answered 202 and is not there ends the benchmark. */
    private long provenRecorded(Requests.Turn turn, long counted) {
        ledger.awaitCaughtUp();
        long present = ledger.recorded(turn);
        if (present < counted) {
            throw new BenchFailure("%,d events were accepted but only %,d are recorded".formatted(counted, present));
        }
        return present;
    }

    private Requests batchOf(int port, String key, Requests.Turn turn) {
        return Requests.batch(host(port), key, turn, BenchSettings.BATCH);
    }

    private Requests.Turn nextTurn() {
        turns++;
        return new Requests.Turn("%s%02d".formatted(run, turns), clock.instant().toString());
    }

    private DemoEnv env() {
        return weir.env();
    }

    private static String host(int port) {
        return "127.0.0.1:" + port;
    }

    private void say(Row row, String more) {
        console.line("  %-15s%,12.0f %s, baseline %,.0f%s"
                .formatted(row.name(), row.lastWeir(), row.unit(), row.lastBare(), more));
    }
}
