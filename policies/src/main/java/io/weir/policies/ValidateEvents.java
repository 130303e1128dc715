package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.Deprecation;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.StrictJson;
import io.weir.settings.WeirSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * What a post of events holds: one event, a batch, or binary mode. Each event is checked apart and wholly; one that is wrong
 * hinders no other. Only a body that is no JSON at all is refused as a whole.
 */
public final class ValidateEvents implements Policy {
    private static final List<String> ACCEPTED = List.of(MediaTypes.EVENT, MediaTypes.EVENT_BATCH, MediaTypes.JSON);

    private final EventTypes types;
    private final WeirSettings.Ingest limits;

    /** Checks against these types. An event that the log would never take is refused here, for good. */
    public ValidateEvents(EventTypes types, WeirSettings.Ingest limits) {
        this.types = types;
        this.limits = limits;
    }

    @Override
    public Future<Call> admit(Call call) {
        Future<Map<String, EventType>> known = types.of(call.caller().organisation());
        return known.succeeded() ? check(call, known.result()) : known.compose(loaded -> check(call, loaded));
    }

    private Future<Call> check(Call call, Map<String, EventType> known) {
        Envelope rules = new Envelope(call.caller(), known, call.received());
        byte[] body = call.bytes().getBytes();
        try {
            return check(call, rules, body);
        } catch (JacksonException e) {
            byte[] readable = StrictJson.readable(body);
            try {
                return readable == body ? unreadable(e) : check(call, rules, readable);
            } catch (JacksonException still) {
                return unreadable(still);
            }
        }
    }

    private Future<Call> check(Call call, Envelope rules, byte[] body) {
        Reading reading = new Reading(call, rules, limits);
        Refusal refusal = read(call, body, reading);
        return refusal == null
                ? Future.succeededFuture(call.checked(reading.batch()))
                : Future.failedFuture(new RefusedException(refusal));
    }

    private static Future<Call> unreadable(JacksonException e) {
        return Future.failedFuture(new RefusedException(new Refusal.Unreadable(where(e))));
    }

    private @Nullable Refusal read(Call call, byte[] body, Reading reading) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (media.equals(MediaTypes.EVENT)) {
            CappedErrors errors = reading.errors();
            reading.add(StrictJson.read(body, errors), body, errors);
            return null;
        }
        if (media.equals(MediaTypes.EVENT_BATCH)) {
            return batch(body, reading);
        }
        if (BinaryMode.applies(call.request().headers()) && MediaTypes.json(media)) {
            CappedErrors errors = reading.errors();
            JsonNode data = StrictJson.read(body, errors);
            errors.replaceAll(error -> new FieldError("/data" + error.pointer(), error.detail()));
            JsonNode event = BinaryMode.event(call.request().headers(), media, data, errors);
            reading.add(event, Json.bytes(event), errors);
            return null;
        }
        String given = media.isEmpty() ? "no Content-Type" : "Content-Type " + media;
        String hint = MediaTypes.json(media) ? " without the ce- headers of binary mode" : "";
        return new Refusal.UnsupportedMediaType(given + hint, ACCEPTED, false);
    }

    private @Nullable Refusal batch(byte[] body, Reading reading) {
        try (JsonParser parser = StrictJson.parser(body)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                return new Refusal.Unreadable("a batch is a JSON array of events");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (reading.size() == limits.maxBatchEvents()) {
                    return new Refusal.TooLarge("a batch may have " + limits.maxBatchEvents() + " events");
                }
                int from = (int) parser.currentTokenLocation().getByteOffset();
                CappedErrors errors = reading.errors();
                JsonNode event = StrictJson.read(parser, errors);
                int to = (int) parser.currentLocation().getByteOffset();
                reading.add(event, Arrays.copyOfRange(body, from, to), errors);
            }
            return parser.nextToken() == null ? null : new Refusal.Unreadable("something follows the batch");
        }
    }

    private static String where(JacksonException e) {
        String at = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        return "the body is not JSON: " + e.getOriginalMessage() + at;
    }

    /** What was read so far. */
    private static final class Reading {
        private final Call call;
        private final Envelope rules;
        private final WeirSettings.Ingest limits;
        private final List<AdmittedEvent> events = new ArrayList<>();
        private final List<Receipt> rejected = new ArrayList<>();
        private List<Deprecation> deprecations = List.of();
        private int told;

        private Reading(Call call, Envelope rules, WeirSettings.Ingest limits) {
            this.call = call;
            this.rules = rules;
            this.limits = limits;
        }

        int size() {
            return events.size() + rejected.size();
        }

        EventBatch batch() {
            return new EventBatch(events, rejected, size(), deprecations);
        }

        /** Room for the errors of the next event. */
        CappedErrors errors() {
            return new CappedErrors(Math.min(limits.maxErrorsPerEvent(), limits.maxErrorsPerRequest() - told));
        }

        void add(JsonNode event, byte[] json, CappedErrors errors) {
            if (json.length > limits.maxEventBytes()) {
                errors.add(new FieldError("", "an event may have " + limits.maxEventBytes() + " bytes"));
            }
            Optional<Envelope.Checked> checked = rules.check(event, errors);
            byte[] stored = checked.isPresent() ? stored(checked.get(), event, json, errors) : json;
            String correlation = correlation(event);
            if (checked.isPresent() && errors.isEmpty()) {
                Envelope.Checked known = checked.get();
                events.add(new AdmittedEvent(
                        size(),
                        known.source(),
                        known.id(),
                        known.orderingKey(),
                        correlation,
                        known.version().number(),
                        stored));
                deprecated(known.version().deprecation());
            } else {
                told += errors.size();
                rejected.add(new Receipt(
                        size(),
                        event.path("source").asString(null),
                        event.path("id").asString(null),
                        ReceiptStatus.REJECTED,
                        correlation,
                        errors.told()));
            }
        }

        /** The event's JSON as it was sent, or without what its schema says must not be stored. */
        private byte[] stored(Envelope.Checked known, JsonNode event, byte[] json, CappedErrors errors) {
            Redaction redaction = known.schema().redaction();
            if (redaction == null) {
                return json;
            }
            byte[] redacted = redaction.applied(call.caller().tenant(), event);
            if (redacted.length > limits.maxEventBytes()) {
                errors.add(new FieldError("", "with its hashes an event may have " + limits.maxEventBytes() + " bytes"));
            }
            return redacted;
        }

        private void deprecated(@Nullable Deprecation deprecation) {
            if (deprecation != null && !deprecations.contains(deprecation)) {
                deprecations = Stream.concat(deprecations.stream(), Stream.of(deprecation))
                        .toList();
            }
        }

        /** An event's own traceparent (CloudEvents Distributed Tracing extension) stands before the request's. */
        private String correlation(JsonNode event) {
            JsonNode own = event.get("traceparent");
            return own != null && own.isString() ? Correlation.of(own.stringValue()) : call.correlation();
        }
    }
}
