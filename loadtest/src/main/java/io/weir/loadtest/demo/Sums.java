package io.weir.loadtest.demo;

import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Asks back what Weir counted of a trace, meter by meter, and sets it beside the file. */
final class Sums {
    private static final Duration CATCHING_UP = Duration.ofSeconds(30);

    private final Api api;
    private final String region;
    private final Shift.Span span;

    Sums(Api api, String region, Shift.Span span) {
        this.api = api;
        this.region = region;
        this.span = span;
    }

    /** One meter's sum by the API and by the file. */
    record Sum(String meter, BigDecimal byApi, BigDecimal byFile) {
        boolean equal() {
            return byApi.compareTo(byFile) == 0;
        }
    }

    List<Sum> of(Trace trace) {
        return List.of(
                sum("llm_input_tokens", BigDecimal.valueOf(trace.contextTokens())),
                sum("llm_output_tokens", BigDecimal.valueOf(trace.generatedTokens())),
                sum("llm_requests", BigDecimal.valueOf(trace.rows().size())));
    }

    /** Waits until every event up to the span's end is counted, so that its hours are closed for a billing run. */
    void awaitClosedHours() {
        Patience left = new Patience(CATCHING_UP);
        while (asOf().isBefore(span.to())) {
            if (!left.again(Duration.ZERO)) {
                throw new DemoFailure("Usage is not counted up to " + span.to() + " after " + CATCHING_UP.toSeconds()
                        + " s: look at /health/ready of the management port, then run the demo again.");
            }
        }
    }

    private Instant asOf() {
        return Instant.parse(usage("llm_requests").body().path("asOf").asString());
    }

    private Sum sum(String meter, BigDecimal byFile) {
        BigDecimal byApi = BigDecimal.ZERO;
        for (JsonNode row : usage(meter).body().path("rows")) {
            if (row.path("dimensions").path("region").asString("").equals(region)) {
                byApi = byApi.add(new BigDecimal(row.path("value").asString()));
            }
        }
        return new Sum(meter, byApi, byFile);
    }

    private Answer usage(String meter) {
        return api.need(Api.Call.get(
                "/v1/usage"
                        + Api.query(Map.of(
                                "meter",
                                meter,
                                "from",
                                span.from().toString(),
                                "to",
                                span.to().toString(),
                                "window",
                                "total",
                                "groupBy",
                                "region")),
                "BACKEND"));
    }
}
