package io.weir.loadtest.demo;

import java.util.List;

/**
 * What became of events: {@code sent = accepted + duplicates + conflicts + rejected}. Accepted are those that Weir took as
 * new; {@code recorded} are those that stand in the ledger now, whenever they came. {@code repeated} counts requests that
 * were sent again.
 */
record Tally(
        long sent,
        long accepted,
        long duplicates,
        long conflicts,
        long rejected,
        long recorded,
        long repeated,
        List<String> problems) {
    static final Tally NONE = new Tally(0, 0, 0, 0, 0, 0, 0, List.of());
    private static final int PROBLEMS_KEPT = 3;

    Tally {
        problems = List.copyOf(problems);
    }

    Tally plus(Tally other) {
        return new Tally(
                sent + other.sent,
                accepted + other.accepted,
                duplicates + other.duplicates,
                conflicts + other.conflicts,
                rejected + other.rejected,
                recorded + other.recorded,
                repeated + other.repeated,
                java.util.stream.Stream.concat(problems.stream(), other.problems.stream())
                        .limit(PROBLEMS_KEPT)
                        .toList());
    }

    boolean clean() {
        return conflicts == 0 && rejected == 0 && recorded == sent;
    }
}
