package io.weir.loadtest.demo;

import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
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

    /**
     * One meter's sum by the API and by the file. Not {@code alone} means that the meter has no region to tell the trace from
     * other usage of these hours: then it may hold more than the file, never less.
     */
    record Sum(String meter, BigDecimal byApi, BigDecimal byFile, boolean alone) {
        boolean holds() {
            int more = byApi.compareTo(byFile);
            return more == 0 || (more > 0 && !alone);
        }

        String mark() {
            return !holds() ? "DIFFERS" : byApi.compareTo(byFile) == 0 ? "ok" : "ok, with usage of others";
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
        return Instant.parse(api.need(usage("llm_output_tokens", "region"))
                .body()
                .path("asOf")
                .asString());
    }

    private Sum sum(String meter, BigDecimal byFile) {
        Answer byRegion = api.send(usage(meter, "region")).answer();
        if (byRegion.status() == 400 || byRegion.status() == 422) {
            return new Sum(meter, total(api.need(usage(meter, "")), false), byFile, false);
        }
        return new Sum(meter, total(accepted(byRegion), true), byFile, true);
    }

    private static Answer accepted(Answer answer) {
        if (!answer.ok()) {
            throw new DemoFailure("GET /v1/usage was refused: " + answer.shown());
        }
        return answer;
    }

    private BigDecimal total(Answer usage, boolean ofRegion) {
        BigDecimal total = BigDecimal.ZERO;
        for (JsonNode row : usage.body().path("rows")) {
            if (!ofRegion || row.path("dimensions").path("region").asString("").equals(region)) {
                total = total.add(new BigDecimal(row.path("value").asString()));
            }
        }
        return total;
    }

    private Api.Call usage(String meter, String groupBy) {
        Map<String, String> parameters = new HashMap<>(Map.of(
                "meter", meter, "from", span.from().toString(), "to", span.to().toString(), "window", "total"));
        if (!groupBy.isEmpty()) {
            parameters.put("groupBy", groupBy);
        }
        return Api.Call.get("/v1/usage" + Api.query(parameters), "BACKEND");
    }
}
