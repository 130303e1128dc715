package io.weir.gateway;

import io.weir.schemas.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/** Usage events of the demo tenant's types. */
final class Events {
    static final String SOURCE = "/tests";

    private Events() {}

    /** An event of that subject, of now: 10 tokens in, 5 out. */
    static ObjectNode event(String subject) {
        return event(subject, 10, 5);
    }

    /** An event of that subject, of now. */
    static ObjectNode event(String subject, int inputTokens, int outputTokens) {
        ObjectNode event = Json.object();
        event.put("specversion", "1.0")
                .put("id", UUID.randomUUID().toString())
                .put("source", SOURCE)
                .put("type", "llm.completion")
                .put("subject", subject)
                .put("time", Instant.now().toString());
        event.putObject("data")
                .put("model", "m1")
                .put("region", "eu-west-1")
                .put("inputTokens", inputTokens)
                .put("outputTokens", outputTokens);
        return event;
    }

    /** So many events of that subject. */
    static List<ObjectNode> events(String subject, int count) {
        List<ObjectNode> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(event(subject));
        }
        return events;
    }

    /** An event that its schema refuses, at /data/inputTokens. */
    static ObjectNode wrong(String subject) {
        return event(subject, -1, 5);
    }

    static String id(ObjectNode event) {
        return event.get("id").stringValue();
    }

    static ObjectNode data(ObjectNode event) {
        return (ObjectNode) event.get("data");
    }
}
