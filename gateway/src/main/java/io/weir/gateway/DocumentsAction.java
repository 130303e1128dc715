package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.weir.policies.Call;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What Weir tells of itself: the OpenAPI document, and what each problem type means. */
final class DocumentsAction {
    private final Buffer openApi;
    private final JsonNode problems;

    DocumentsAction() {
        JsonNode document = OpenApi.document();
        openApi = Buffer.buffer(Json.bytes(document));
        problems = document.path("x-problem-types");
    }

    Future<Answer> openApi(Call call) {
        return Future.succeededFuture(Answer.json(200, openApi));
    }

    Future<Answer> problem(Call call) {
        String kind = call.path("kind");
        JsonNode meaning = problems.get(kind);
        if (meaning == null) {
            throw new RefusedException(new Refusal.NotFound("problem type"));
        }
        return Future.succeededFuture(
                Answer.json(200, Map.of("type", Problems.TYPES + kind, "description", meaning.asString())));
    }
}
