package io.weir.gateway;

import io.weir.schemas.Json;
import java.net.http.HttpHeaders;
import tools.jackson.databind.JsonNode;

/** What a running node answered. */
record Reply(int status, HttpHeaders headers, String body) {
    JsonNode json() {
        return Json.tree(body);
    }

    /** A header's first value; empty where it is not there. */
    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    /** The counts of an answer to posted events, with what was not taken, in one line that a test can compare. */
    String counts() {
        JsonNode json = json();
        return "accepted=" + json.path("accepted").asInt() + " recorded="
                + json.path("recorded").asInt() + " duplicates="
                + json.path("duplicates").asInt() + " conflicts="
                + json.path("conflicts").asInt() + " rejected="
                + json.path("rejected").asInt();
    }

    @Override
    public String toString() {
        return status + " " + body;
    }
}
