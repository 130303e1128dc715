package io.weir.loadtest.demo;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** One HTTP answer, with its body as JSON (missing where there is none). */
record Answer(int status, JsonNode body, String text, Optional<String> retryAfter, Optional<String> link) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final int SHOWN = 400;

    static Answer of(int status, byte[] body, Optional<String> retryAfter, Optional<String> link) {
        String text = new String(body, StandardCharsets.UTF_8);
        return new Answer(status, json(text), text, retryAfter, link);
    }

    boolean ok() {
        return status >= 200 && status < 300;
    }

    /** Worth the same request again: throttled, not durable now, or the node failed at it. */
    boolean passing() {
        return status == 429 || status >= 500;
    }

    /** What {@code Retry-After} asks for, in seconds, and never more than ten of them. */
    Duration retryAfterDelay() {
        return retryAfter
                .filter(seconds -> seconds.matches("\\d{1,6}"))
                .map(seconds -> Duration.ofSeconds(Math.min(10, Long.parseLong(seconds))))
                .orElse(Duration.ZERO);
    }

    long count(String name) {
        return body.path(name).asLong(0);
    }

    String shown() {
        return status + " " + (text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text);
    }

    private static JsonNode json(String text) {
        if (text.isBlank()) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(text);
        } catch (JacksonException notJson) {
            return MissingNode.getInstance();
        }
    }
}
