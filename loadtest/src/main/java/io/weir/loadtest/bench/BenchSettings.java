package io.weir.loadtest.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How much is measured: {@code SECONDS} a turn, {@code SUSTAINED_SECONDS}, {@code ROUNDS}, {@code CONNECTIONS}, each from the environment; the start
 * command by {@code BENCH_START}.
 */
record BenchSettings(
        Path root,
        List<String> startCommand,
        Duration turn,
        Duration sustained,
        int rounds,
        int connections,
        Path results,
        boolean keep) {
    static final int BATCH = 100;
    /** Different compressed bodies of a turn. */
    static final int COMPRESSED_BODIES = 2_000;

    static final int INSERT_EVENTS = 40_000;

    private static final Duration WARM_UP = Duration.ofSeconds(2);
    /** What the admitting node may leave to be recorded, about; a fifth of it posted one by one. */
    private static final long BACKLOG = 2_500_000;

    static BenchSettings of(String[] arguments, Map<String, String> environment) {
        Path root = Path.of(arguments.length > 0 ? arguments[0] : "").toAbsolutePath();
        return new BenchSettings(
                root,
                List.of(environment.getOrDefault("BENCH_START", "make start").split(" ")),
                Duration.ofSeconds(number(environment, "SECONDS", 3)),
                Duration.ofSeconds(number(environment, "SUSTAINED_SECONDS", 60)),
                number(environment, "ROUNDS", 3),
                number(environment, "CONNECTIONS", 64),
                root.resolve(environment.getOrDefault("BENCH_RESULTS", "loadtest/results/bench.json")),
                environment.containsKey("BENCH_KEEP"));
    }

    /** A turn that is not counted and posts events. */
    Duration warmUpTurn() {
        return turn.compareTo(WARM_UP) < 0 ? turn : WARM_UP;
    }

    /** Events that one turn of the admitting node's may post one by one; the warm-up has a round's share. */
    long mostSingles() {
        return BACKLOG / 5 / (rounds + 1);
    }

    /** Events that one turn of the admitting node's may post in batches. */
    long mostBatched() {
        return BACKLOG * 4 / 5 / (rounds + 1);
    }

    /** A turn, shortened to whole seconds where it would bring more events at this rate; at least one second. */
    Duration bounded(double perSecond, long most) {
        long seconds = Math.max(1, (long) (most / Math.max(1, perSecond)));
        return Duration.ofSeconds(Math.min(seconds, turn.toSeconds()));
    }

    private static int number(Map<String, String> environment, String name, int otherwise) {
        String text = environment.getOrDefault(name, "");
        if (text.isBlank()) {
            return otherwise;
        }
        if (!text.matches("[1-9]\\d{0,3}")) {
            throw new BenchFailure(name + " must be a whole number above zero, not " + text);
        }
        return Integer.parseInt(text);
    }
}
