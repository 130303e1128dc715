package io.weir.loadtest.chaos;

import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a command was answered with.
 *
 * @param status 0: nothing
 * @param first whether no attempt before it may have been done, too
 */
record Asked(int status, JsonNode body, String etag, boolean first) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    static Asked of(@Nullable HttpResponse<String> answer, boolean first) {
        return answer == null
                ? new Asked(0, JSON.createObjectNode(), "", first)
                : new Asked(
                        answer.statusCode(),
                        json(answer.body()),
                        answer.headers().firstValue("ETag").orElse(""),
                        first);
    }

    private static JsonNode json(String body) {
        try {
            return body.isEmpty() ? JSON.createObjectNode() : JSON.readTree(body);
        } catch (JacksonException unreadable) {
            return JSON.createObjectNode().put("unreadable", body);
        }
    }

    /** Whether it says what became of the command: no answer and 503 do not, nor does one under way with the same key. */
    boolean certain() {
        return !refused() && status != 0 && status != 503 && !is("still-running");
    }

    /** Whether it was not even begun: too many, or a body that came too slowly, as to a node that was stopped meanwhile. */
    boolean refused() {
        return status == 429 || status == 408;
    }

    /** Whether it is a problem of that kind. */
    boolean is(String kind) {
        return body.path("type").asString("").equals("/problems/" + kind);
    }

    @Override
    public String toString() {
        return status == 0
                ? "no answer"
                : status >= 300 || status == 207 ? status + " " + body : Integer.toString(status);
    }
}
