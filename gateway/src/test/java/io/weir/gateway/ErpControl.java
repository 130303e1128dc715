package io.weir.gateway;

import io.weir.schemas.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The ERP simulator as a test sees it: its documents, and what goes wrong there. */
final class ErpControl {
    private final String url;

    ErpControl(String url) {
        this.url = url;
    }

    /** The documents with that external id. */
    List<JsonNode> documents(String externalId) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode document :
                Http.call(url, "GET", "/control/documents", null).json().get("items")) {
            if (document.path("externalId").asString("").equals(externalId)) {
                found.add(document);
            }
        }
        return found;
    }

    /** So many of the next writes go wrong; for ever where the count is 0. */
    void fault(String kind, int count) {
        String body = Json.text(
                count == 0
                        ? Json.object().put("kind", kind)
                        : Json.object().put("kind", kind).put("count", count));
        Reply answer = Http.call(url, "POST", "/control/faults", body, "Content-Type", "application/json");
        if (answer.status() != 201) {
            throw new AssertionError(answer);
        }
    }

    /** Everything goes well again. */
    void heal() {
        Http.call(url, "DELETE", "/control/faults", null);
    }
}
