package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.StrictJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final int maxEvents;
    private final int maxEventBytes;

    /**
     * Checks against these types.
     *
     * @param maxEventBytes the largest event: one that the log would never take is refused here, for good
     */
    public ValidateEvents(EventTypes types, int maxEvents, int maxEventBytes) {
        this.types = types;
        this.maxEvents = maxEvents;
        this.maxEventBytes = maxEventBytes;
    }

    @Override
    public Future<Call> admit(Call call) {
        Future<Map<String, EventType>> known = types.of(call.caller().organisation());
        return known.succeeded() ? check(call, known.result()) : known.compose(loaded -> check(call, loaded));
    }

    private Future<Call> check(Call call, Map<String, EventType> known) {
        Envelope rules = new Envelope(call.caller(), known, call.received());
        byte[] body = call.bytes().getBytes();
        Reading plain = new Reading(call, rules, maxEventBytes, new ArrayList<>(), new ArrayList<>());
        if (plain(body, known, plain)) {
            return Future.succeededFuture(call.checked(plain.batch()));
        }
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
        Reading reading = new Reading(call, rules, maxEventBytes, new ArrayList<>(), new ArrayList<>());
        Refusal refusal = read(call, body, reading);
        return refusal == null
                ? Future.succeededFuture(call.checked(reading.batch()))
                : Future.failedFuture(new RefusedException(refusal));
    }

    /** Reads a body of which every event is plain; false where one is not, or the body is none of events. */
    private boolean plain(byte[] body, Map<String, EventType> known, Reading reading) {
        String media = MediaTypes.essence(reading.call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        PlainEvent event = new PlainEvent(body, reading.call.caller(), known, reading.call.received());
        PlainCursor in = event.in();
        if (media.equals(MediaTypes.EVENT)) {
            return reading.add(event, body) && in.ended();
        }
        if (!media.equals(MediaTypes.EVENT_BATCH) || !in.take('[')) {
            return false;
        }
        do {
            if (reading.size() == maxEvents || !reading.add(event, body)) {
                return false;
            }
        } while (in.take(','));
        return in.take(']') && in.ended();
    }

    private static Future<Call> unreadable(JacksonException e) {
        return Future.failedFuture(new RefusedException(new Refusal.Unreadable(where(e))));
    }

    private @Nullable Refusal read(Call call, byte[] body, Reading reading) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (media.equals(MediaTypes.EVENT)) {
            List<FieldError> errors = new ArrayList<>();
            reading.add(StrictJson.read(body, errors), body, errors);
            return null;
        }
        if (media.equals(MediaTypes.EVENT_BATCH)) {
            return batch(body, reading);
        }
        if (BinaryMode.applies(call.request().headers()) && MediaTypes.json(media)) {
            List<FieldError> errors = new ArrayList<>();
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
                if (reading.size() == maxEvents) {
                    return new Refusal.TooLarge("a batch may have " + maxEvents + " events");
                }
                int from = (int) parser.currentTokenLocation().getByteOffset();
                List<FieldError> errors = new ArrayList<>(0);
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
    private record Reading(
            Call call, Envelope rules, int maxEventBytes, List<AdmittedEvent> events, List<Receipt> rejected) {
        int size() {
            return events.size() + rejected.size();
        }

        EventBatch batch() {
            return new EventBatch(events, rejected, size());
        }

        /** Adds the event that begins where the reading stands; false where it is not plain. */
        boolean add(PlainEvent event, byte[] body) {
            event.in().space();
            int from = event.in().at();
            if (!event.read() || event.in().at() - from > maxEventBytes) {
                return false;
            }
            Envelope.Checked known = event.checked();
            events.add(new AdmittedEvent(
                    size(),
                    known.source(),
                    known.id(),
                    known.orderingKey(),
                    event.traceparent().map(Correlation::of).orElse(call.correlation()),
                    known.schemaVersion(),
                    Arrays.copyOfRange(body, from, event.in().at())));
            return true;
        }

        void add(JsonNode event, byte[] json, List<FieldError> errors) {
            if (json.length > maxEventBytes) {
                errors.add(new FieldError("", "an event may have " + maxEventBytes + " bytes"));
            }
            Optional<Envelope.Checked> checked = rules.check(event, errors);
            String correlation = correlation(event);
            if (checked.isPresent()) {
                Envelope.Checked known = checked.get();
                events.add(new AdmittedEvent(
                        size(),
                        known.source(),
                        known.id(),
                        known.orderingKey(),
                        correlation,
                        known.schemaVersion(),
                        json));
            } else {
                rejected.add(new Receipt(
                        size(),
                        event.path("source").asString(null),
                        event.path("id").asString(null),
                        ReceiptStatus.REJECTED,
                        correlation,
                        List.copyOf(errors)));
            }
        }

        /** An event's own traceparent (CloudEvents Distributed Tracing extension) stands before the request's. */
        private String correlation(JsonNode event) {
            JsonNode own = event.get("traceparent");
            return own != null && own.isString() ? Correlation.of(own.stringValue()) : call.correlation();
        }
    }
}
