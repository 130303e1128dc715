package io.weir.loadtest.demo;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the events of a trace. An event is a function of the trace's name, the row and the shift alone: the same row always
 * gives the same bytes, subject and id.
 */
final class TraceEvents {
    static final String TYPE = "llm.completion";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int CUSTOMERS = 100;

    private final Trace trace;
    private final Shift shift;

    TraceEvents(Trace trace, Shift shift) {
        this.trace = trace;
        this.shift = shift;
    }

    /** The region that only this trace uses: its usage can be told from all other usage of the tenant. */
    String region() {
        return "demo-"
                + Trace.sha256(trace.name().getBytes(StandardCharsets.UTF_8)).substring(0, 8);
    }

    ObjectNode event(TraceRow row) {
        ObjectNode event = JSON.createObjectNode()
                .put("specversion", "1.0")
                .put("id", trace.name() + "-" + row.number())
                .put("source", "/demo/" + trace.name())
                .put("type", TYPE)
                .put("subject", subject(row.number()))
                .put("time", shift.of(row.time()).toString())
                .put("datacontenttype", "application/json");
        event.putObject("data")
                .put("model", "m1")
                .put("region", region())
                .put("inputTokens", row.contextTokens())
                .put("outputTokens", row.generatedTokens());
        return event;
    }

    byte[] batch(List<TraceRow> rows) {
        ArrayNode batch = JSON.createArrayNode();
        rows.forEach(row -> batch.add(event(row)));
        return JSON.writeValueAsBytes(batch);
    }

    /** Rows go round the accounts ws-001 to ws-100. */
    static String subject(int rowNumber) {
        return "ws-%03d".formatted((rowNumber - 1) % CUSTOMERS + 1);
    }
}
