package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.FieldError;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.StrictJson;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What the registration of a schema holds: a JSON Schema that events can be checked against, or one with mappings beside it. */
public final class ValidateSchema implements Policy {
    private static final String SCHEMA_MEDIA = "application/schema+json";
    private static final int MOST_ERRORS = 100;

    private final SchemaRules rules;

    public ValidateSchema(SchemaRules rules) {
        this.rules = rules;
    }

    @Override
    public Future<Call> admit(Call call) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (!media.equals(MediaTypes.JSON) && !media.equals(SCHEMA_MEDIA)) {
            return refused(new Refusal.UnsupportedMediaType(
                    media.isEmpty() ? "no Content-Type" : "Content-Type " + media,
                    List.of(MediaTypes.JSON, SCHEMA_MEDIA),
                    false));
        }
        if (call.bytes().length() > rules.maxBytes()) {
            return refused(new Refusal.TooLarge("a schema may have " + rules.maxBytes() + " bytes"));
        }
        CappedErrors errors = new CappedErrors(MOST_ERRORS);
        JsonNode body;
        try {
            body = StrictJson.read(call.bytes().getBytes(), errors);
        } catch (JacksonException e) {
            return refused(new Refusal.Unreadable("the body is not JSON: " + e.getOriginalMessage()));
        }
        List<FieldError> wrong = errors.isEmpty() ? SchemaBody.wrong(body, rules) : errors.told();
        return wrong.isEmpty() ? Future.succeededFuture(call.checked(body)) : refused(new Refusal.Invalid(wrong));
    }

    private static Future<Call> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
