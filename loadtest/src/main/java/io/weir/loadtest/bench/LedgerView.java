package io.weir.loadtest.bench;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What a node's ledger has recorded, asked over HTTP. Each benchmark event carries one input token: tokens are events. */
final class LedgerView {
    private static final Duration STANDSTILL = Duration.ofMinutes(2);
    private static final Duration BETWEEN = Duration.ofMillis(50);

    private final Http http;
    private final DemoEnv env;
    private final InstantSource clock;
    private final Instant start;

    /** @param start when the benchmark began: its events are of that hour and the next ones */
    LedgerView(Http http, DemoEnv env, InstantSource clock, Instant start) {
        this.http = http;
        this.env = env;
        this.clock = clock;
        this.start = start;
    }

    /** Waits until everything accepted so far is recorded, as long as the ledger gets on with it. */
    void awaitCaughtUp() {
        Instant now = clock.instant();
        Progress seen = Progress.of(usage());
        long since = System.nanoTime();
        while (seen.asOf().isBefore(now)) {
            Patience.pause(BETWEEN);
            Progress next = Progress.of(usage());
            if (!next.equals(seen)) {
                since = System.nanoTime();
            } else if (System.nanoTime() - since > STANDSTILL.toNanos()) {
                throw new BenchFailure("the ledger has not got on for " + STANDSTILL.toSeconds() + " s");
            }
            seen = next;
        }
    }

    /** How many events of these turns are counted. */
    long recorded(List<Turns.Accepted> turns) {
        Map<String, Long> present = Progress.of(usage()).byRegion();
        return turns.stream()
                .mapToLong(one -> present.getOrDefault(one.turn().region(), 0L))
                .sum();
    }

    /** An event that was answered 202 and is not there ends the benchmark. */
    void prove(List<Turns.Accepted> turns) {
        Map<String, Long> present = Progress.of(usage()).byRegion();
        for (Turns.Accepted one : turns) {
            long there = present.getOrDefault(one.turn().region(), 0L);
            if (there < one.events()) {
                throw new BenchFailure(
                        "%,d events were accepted but only %,d are recorded".formatted(one.events(), there));
            }
        }
    }

    private record Progress(Instant asOf, Map<String, Long> byRegion) {
        static Progress of(JsonNode usage) {
            Map<String, Long> byRegion = new HashMap<>();
            for (JsonNode row : usage.path("rows")) {
                byRegion.merge(
                        row.path("dimensions").path("region").asString(""),
                        new BigDecimal(row.path("value").asString()).longValueExact(),
                        Long::sum);
            }
            return new Progress(Instant.parse(usage.path("asOf").asString()), Map.copyOf(byRegion));
        }
    }

    private JsonNode usage() {
        return http.getOnceAvailable(
                env.url() + "/v1/usage?meter=llm_input_tokens&window=total&groupBy=region&from="
                        + start.minus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.HOURS) + "&to="
                        + start.plus(3, ChronoUnit.HOURS).truncatedTo(ChronoUnit.HOURS),
                env.key("BACKEND"));
    }
}
