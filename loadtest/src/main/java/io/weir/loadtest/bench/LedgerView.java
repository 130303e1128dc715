package io.weir.loadtest.bench;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;

/** What the node's ledger has recorded, asked over HTTP. Each benchmark event carries one input token: tokens are events. */
final class LedgerView {
    private static final Duration CATCHING_UP = Duration.ofMinutes(5);
    private static final Duration BETWEEN = Duration.ofMillis(50);

    private final Http http;
    private final DemoEnv env;
    private final InstantSource clock;
    private final Instant start;

    LedgerView(Http http, DemoEnv env, InstantSource clock) {
        this.http = http;
        this.env = env;
        this.clock = clock;
        this.start = clock.instant();
    }

    /** Waits until everything accepted so far is recorded. */
    void awaitCaughtUp() {
        Instant now = clock.instant();
        long giveUp = System.nanoTime() + CATCHING_UP.toNanos();
        while (Instant.parse(usage().path("asOf").asString()).isBefore(now)) {
            if (System.nanoTime() > giveUp) {
                throw new BenchFailure("the ledger has not caught up within " + CATCHING_UP.toSeconds() + " s");
            }
            Patience.pause(BETWEEN);
        }
    }

    /** How many events of a turn are counted. */
    long recorded(Requests.Turn turn) {
        BigDecimal sum = BigDecimal.ZERO;
        for (JsonNode row : usage().path("rows")) {
            if (row.path("dimensions").path("region").asString("").equals(turn.region())) {
                sum = sum.add(new BigDecimal(row.path("value").asString()));
            }
        }
        return sum.longValueExact();
    }

    private JsonNode usage() {
        return http.get(
                env.url() + "/v1/usage?meter=llm_input_tokens&window=total&groupBy=region&from="
                        + start.minus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.HOURS) + "&to="
                        + start.plus(3, ChronoUnit.HOURS).truncatedTo(ChronoUnit.HOURS),
                env.key("BACKEND"));
    }
}
