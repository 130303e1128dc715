package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.StrictJson;
import io.weir.schemas.Utf8;
import io.weir.settings.WeirSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * What a post of events holds: one event, a batch, lines, or binary mode. Each event is checked apart and wholly; one that is wrong
 * hinders no other. Only a body that is no JSON at all is refused as a whole.
 */
public final class ValidateEvents implements Policy {
    private static final List<String> ACCEPTED =
            List.of(MediaTypes.EVENT, MediaTypes.EVENT_BATCH, MediaTypes.EVENT_LINES, MediaTypes.JSON);

    private final EventTypes types;
    private final WeirSettings.Ingest limits;

    /** Checks against these types. An event that the log would never take is refused here, for good. */
    public ValidateEvents(EventTypes types, WeirSettings.Ingest limits) {
        this.types = types;
        this.limits = limits;
    }

    @Override
    public Future<Call> admit(Call call) {
        return admit(call, EventWindow.of(call.caller(), call.received()));
    }

    /** The same, for events of another time than the tenant takes now. */
    public Future<Call> admit(Call call, EventWindow window) {
        Future<Map<String, EventType>> known = types.of(call.caller().organisation());
        return known.succeeded()
                ? check(call, known.result(), window)
                : known.compose(loaded -> check(call, loaded, window));
    }

    /** Checks the lines of one part of a stream. */
    public Future<EventBatch> lines(Call call, List<byte[]> lines) {
        Future<Map<String, EventType>> known = types.of(call.caller().organisation());
        return known.succeeded()
                ? Future.succeededFuture(lines(call, lines, known.result()))
                : known.map(loaded -> lines(call, lines, loaded));
    }

    private EventBatch lines(Call call, List<byte[]> lines, Map<String, EventType> known) {
        EventReader events =
                new EventReader(new Envelope(call.caller(), known, call.received()), call.correlation(), limits);
        lines.forEach(events::line);
        return events.batch();
    }

    private Future<Call> check(Call call, Map<String, EventType> known, EventWindow window) {
        Envelope rules = new Envelope(call.caller(), known, call.received(), window);
        byte[] body = call.bytes().getBytes();
        if (wholeText(call) && !Utf8.valid(body)) {
            return Future.failedFuture(new RefusedException(new Refusal.Unreadable("the body is not UTF-8")));
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
        EventReader plainly = new EventReader(rules, call.correlation(), limits);
        if (inPieces(call, body, plainly)) {
            return Future.succeededFuture(call.checked(plainly.batch()));
        }
        EventReader events = new EventReader(rules, call.correlation(), limits);
        Refusal refusal = read(call, body, events);
        return refusal == null
                ? Future.succeededFuture(call.checked(events.batch()))
                : Future.failedFuture(new RefusedException(refusal));
    }

    /** Reads event by event, most of them the short way; false where the body must be read, or refused, as a whole. */
    private boolean inPieces(Call call, byte[] body, EventReader events) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        PlainEvent plain = events.plain(body);
        PlainCursor in = plain.in();
        if (media.equals(MediaTypes.EVENT)) {
            return events.next(plain, body) && in.ended();
        }
        if (!media.equals(MediaTypes.EVENT_BATCH) || !in.take('[')) {
            return false;
        }
        do {
            if (events.size() == limits.maxBatchEvents()
                    || !(events.next(plain, body) || events.nextByTree(in, body))) {
                return false;
            }
        } while (in.take(','));
        return in.take(']') && in.ended();
    }

    /** Whether the body is one JSON text; where it is several, or data alone, each is looked at apart. */
    private static boolean wholeText(Call call) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        return media.equals(MediaTypes.EVENT) || media.equals(MediaTypes.EVENT_BATCH);
    }

    private static Future<Call> unreadable(JacksonException e) {
        return Future.failedFuture(new RefusedException(new Refusal.Unreadable(where(e))));
    }

    private @Nullable Refusal read(Call call, byte[] body, EventReader events) {
        String media = MediaTypes.essence(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (media.equals(MediaTypes.EVENT)) {
            CappedErrors errors = events.errors();
            events.add(StrictJson.read(body, errors), body, errors);
            return null;
        }
        if (media.equals(MediaTypes.EVENT_BATCH)) {
            return batch(body, events);
        }
        if (media.equals(MediaTypes.EVENT_LINES)) {
            return lines(body, events);
        }
        if (BinaryMode.applies(call.request().headers()) && MediaTypes.json(media)) {
            CappedErrors errors = events.errors();
            JsonNode data = StrictJson.read(body, errors);
            errors.replaceAll(error -> new FieldError("/data" + error.pointer(), error.detail()));
            JsonNode event = BinaryMode.event(call.request().headers(), media, data, errors);
            events.add(event, Json.bytes(event), errors);
            return null;
        }
        String given = media.isEmpty() ? "no Content-Type" : "Content-Type " + media;
        String hint = MediaTypes.json(media) ? " without the ce- headers of binary mode" : "";
        return new Refusal.UnsupportedMediaType(given + hint, ACCEPTED, false);
    }

    private @Nullable Refusal batch(byte[] body, EventReader events) {
        try (JsonParser parser = StrictJson.parser(body)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                return new Refusal.Unreadable("a batch is a JSON array of events");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (events.size() == limits.maxBatchEvents()) {
                    return tooMany();
                }
                int from = (int) parser.currentTokenLocation().getByteOffset();
                CappedErrors errors = events.errors();
                JsonNode event = StrictJson.read(parser, errors);
                int to = (int) parser.currentLocation().getByteOffset();
                events.add(event, Arrays.copyOfRange(body, from, to), errors);
            }
            return parser.nextToken() == null ? null : new Refusal.Unreadable("something follows the batch");
        }
    }

    private @Nullable Refusal lines(byte[] body, EventReader events) {
        Lines lines = new Lines(limits.maxEventBytes());
        lines.add(body);
        lines.end();
        if (lines.count() > limits.maxBatchEvents()) {
            return tooMany();
        }
        lines.take(limits.maxBatchEvents()).forEach(events::line);
        return null;
    }

    private Refusal tooMany() {
        return new Refusal.TooLarge("a batch may have " + limits.maxBatchEvents() + " events");
    }

    private static String where(JacksonException e) {
        String at = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        return "the body is not JSON: " + e.getOriginalMessage() + at;
    }
}
