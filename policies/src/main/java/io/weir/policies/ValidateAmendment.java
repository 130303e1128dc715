package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.FieldError;
import io.weir.schemas.Ids;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.StrictJson;
import io.weir.schemas.Text;
import io.weir.settings.WeirSettings;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an amendment holds: an event as it would be posted, with a {@code reason} beside its members. It may be of any age: how old
 * it may be follows from the event that it amends, which is not known here. Only a body that names no event is refused here; what
 * else is wrong with the event is in the batch, since that there is no such event is told first.
 */
public final class ValidateAmendment implements Policy {
    /** The member that is beside the event's own. */
    public static final String REASON = "reason";

    private static final int LONGEST_REASON = 1_000;
    private static final List<String> ACCEPTED = List.of(MediaTypes.EVENT, MediaTypes.JSON);

    private final EventTypes types;
    private final WeirSettings.Ingest limits;

    public ValidateAmendment(EventTypes types, WeirSettings.Ingest limits) {
        this.types = types;
        this.limits = limits;
    }

    @Override
    public Future<Call> admit(Call call) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (!ACCEPTED.contains(media)) {
            String given = media.isEmpty() ? "no Content-Type" : "Content-Type " + media;
            return refused(new Refusal.UnsupportedMediaType(given, ACCEPTED, false));
        }
        CappedErrors errors = new CappedErrors(limits.maxErrorsPerEvent());
        JsonNode body;
        try {
            body = StrictJson.read(call.bytes().getBytes(), errors);
        } catch (JacksonException e) {
            return refused(new Refusal.Unreadable("the body is not JSON: " + e.getOriginalMessage()));
        }
        if (errors.isEmpty()) {
            named(body, "source", Envelope.LONGEST_SOURCE, errors);
            named(body, "id", Ids.MAX_LENGTH, errors);
            named(body, REASON, LONGEST_REASON, errors);
        }
        return errors.isEmpty()
                ? types.of(call.caller().organisation()).map(known -> check(call, body, known))
                : refused(new Refusal.Invalid(errors.told()));
    }

    private static void named(JsonNode body, String member, int longest, CappedErrors errors) {
        JsonNode text = body.path(member);
        if (!text.isString()
                || text.stringValue().isBlank()
                || text.stringValue().length() > longest
                || !Text.storable(text.stringValue())) {
            errors.add(new FieldError("/" + member, "must be a text of 1 to " + longest + " characters"));
        }
    }

    private Call check(Call call, JsonNode body, Map<String, EventType> known) {
        Envelope rules = new Envelope(
                call.caller(), known, call.received(), EventWindow.anyPast(call.caller(), call.received()));
        EventReader events = new EventReader(rules, call.correlation(), limits);
        ObjectNode event = ((ObjectNode) body).deepCopy();
        event.remove(REASON);
        events.add(event, Json.bytes(event), events.errors());
        return call.checked(body).checked(events.batch());
    }

    private static Future<Call> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
