package io.weir.policies;

import com.networknt.schema.Schema;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.StrictJson;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a command's body holds: JSON that the operation's schema allows; everything wrong is told, with pointers. No body at all
 * is an empty object, so that a command whose members may all be left out needs none.
 */
public final class ValidateBody implements Policy {
    private static final int MOST_ERRORS = 100;

    private final Schema schema;

    /** Checks bodies against a JSON Schema (2020-12). */
    public ValidateBody(JsonNode schema) {
        this.schema = JsonSchemas.compile(schema);
    }

    @Override
    public Future<Call> admit(Call call) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (media.isEmpty() && call.bytes().length() == 0) {
            return check(call, Json.object(), new CappedErrors(MOST_ERRORS));
        }
        if (!media.equals(MediaTypes.JSON)) {
            return refused(new Refusal.UnsupportedMediaType(
                    media.isEmpty() ? "no Content-Type" : "Content-Type " + media, List.of(MediaTypes.JSON), false));
        }
        CappedErrors errors = new CappedErrors(MOST_ERRORS);
        JsonNode node;
        try {
            node = StrictJson.read(call.bytes().getBytes(), errors);
        } catch (JacksonException e) {
            return refused(new Refusal.Unreadable("the body is not JSON: " + e.getOriginalMessage()));
        }
        return check(call, node, errors);
    }

    private Future<Call> check(Call call, JsonNode node, CappedErrors errors) {
        if (errors.isEmpty()) {
            JsonSchemas.check(schema, node, "", errors);
        }
        return errors.isEmpty()
                ? Future.succeededFuture(call.checked(node))
                : refused(new Refusal.Invalid(errors.told()));
    }

    private static Future<Call> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
