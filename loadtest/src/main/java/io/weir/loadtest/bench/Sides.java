package io.weir.loadtest.bench;

import io.weir.loadtest.DemoEnv;
import java.time.Duration;

/** Weir and the baselines of one phase: one load generator asks both the same, the baseline first. */
record Sides(LoadGenerator generator, RunningWeir weir, BareProcess bare, Turns turns) {
    private static final String NO_KEY = "none";

    void checks(Row row, Duration time) {
        row.addBare(row.checked(generator.run(bare.port(), Requests.checks(host(bare.port()), NO_KEY), time)), 1);
        row.addWeir(
                row.checked(generator.run(weir.port(), Requests.checks(host(weir.port()), env().key("SUPPORT")), time)),
                1);
    }

    Turns.Accepted singles(Row row, Duration time) {
        row.addBare(row.checked(generator.run(bare.port(), single(bare.port(), NO_KEY, turns.next()), time)), 1);
        Requests.Turn turn = turns.next();
        Measured measured =
                row.checked(generator.run(weir.port(), single(weir.port(), env().key("BACKEND"), turn), time));
        row.addWeir(measured, 1);
        return turns.accepted(turn, measured.good());
    }

    /** The baseline's share of a turn of batches. */
    void bareBatches(Row row, Duration time) {
        row.addBare(
                row.checked(generator.run(bare.port(), batch(bare.port(), NO_KEY, turns.next()), time)),
                BenchSettings.BATCH);
    }

    Turns.Accepted weirBatches(Row row, Duration time) {
        Requests.Turn turn = turns.next();
        Measured measured =
                row.checked(generator.run(weir.port(), batch(weir.port(), env().key("BACKEND"), turn), time));
        row.addWeir(measured, BenchSettings.BATCH);
        return turns.accepted(turn, measured.good() * BenchSettings.BATCH);
    }

    /** The baseline's share of a turn of compressed batches. */
    void bareCompressed(Row row, Duration time) {
        row.addBare(
                row.checked(generator.run(bare.port(), compressed(bare.port(), NO_KEY, turns.next()), time)),
                BenchSettings.BATCH);
    }

    Turns.Accepted weirCompressed(Row row, Duration time) {
        Requests.Turn turn = turns.next();
        Requests.Pool pool = compressed(weir.port(), env().key("BACKEND"), turn);
        Measured measured = row.checked(generator.run(weir.port(), pool, time));
        row.addWeir(measured, BenchSettings.BATCH);
        return turns.accepted(turn, pool.leastDistinct(measured, generator.connections()));
    }

    DemoEnv env() {
        return weir.env();
    }

    private static Requests single(int port, String key, Requests.Turn turn) {
        return Requests.single(host(port), key, turn);
    }

    private static Requests batch(int port, String key, Requests.Turn turn) {
        return Requests.batch(host(port), key, turn, BenchSettings.BATCH);
    }

    private static Requests.Pool compressed(int port, String key, Requests.Turn turn) {
        return Requests.compressed(host(port), key, turn, BenchSettings.BATCH, BenchSettings.COMPRESSED_BODIES);
    }

    private static String host(int port) {
        return "127.0.0.1:" + port;
    }
}
