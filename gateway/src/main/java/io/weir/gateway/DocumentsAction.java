package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.weir.policies.Call;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.ApiVersion;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What Weir tells of itself: the OpenAPI document of each version, the reference page, and what each problem type means. */
final class DocumentsAction {
    private final Map<String, Kept> openApi = new HashMap<>();
    private final ReferencePage reference;
    private final JsonNode problems;

    DocumentsAction(ApiVersions versions) {
        JsonNode document = OpenApi.document();
        for (ApiVersion version : versions.offered()) {
            Buffer content = Buffer.buffer(Json.bytes(OpenApi.of(version, document)));
            openApi.put(ApiVersions.path(version, "/v1/openapi.json"), new Kept(content, Answer.JSON.toString()));
        }
        reference = new ReferencePage(versions);
        problems = document.path("x-problem-types");
    }

    Future<Answer> openApi(Call call) {
        Kept document = openApi.get(call.request().path());
        return document == null
                ? Future.failedFuture(new RefusedException(new Refusal.NotFound("document")))
                : Future.succeededFuture(document.answer(call));
    }

    Future<Answer> reference(Call call) {
        return Future.succeededFuture(reference.page(call));
    }

    Future<Answer> referenceFile(Call call) {
        return Future.succeededFuture(reference.file(call));
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
