package io.weir.policies;

import io.weir.schemas.CappedErrors;
import io.weir.schemas.Deprecation;
import io.weir.schemas.FieldError;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.StrictJson;
import io.weir.schemas.Utf8;
import io.weir.settings.WeirSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/** The events of one request, or of one piece of a stream, as they are read: each is checked apart and put where it belongs. */
final class EventReader {
    private final Envelope rules;
    private final String requestCorrelation;
    private final WeirSettings.Ingest limits;
    private final List<AdmittedEvent> events = new ArrayList<>();
    private final List<Receipt> rejected = new ArrayList<>();
    private List<Deprecation> deprecations = List.of();
    private int told;

    EventReader(Envelope rules, String requestCorrelation, WeirSettings.Ingest limits) {
        this.rules = rules;
        this.requestCorrelation = requestCorrelation;
        this.limits = limits;
    }

    int size() {
        return events.size() + rejected.size();
    }

    EventBatch batch() {
        return new EventBatch(events, rejected, size(), deprecations);
    }

    /**
     * Checks an event.
     *
     * @param json the event as it goes into the log
     * @param errors what was wrong with it as JSON
     */
    void add(JsonNode event, byte[] json, CappedErrors errors) {
        if (json.length > limits.maxEventBytes()) {
            errors.add(tooLarge());
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

    /** Room for the errors of the next event. */
    CappedErrors errors() {
        return new CappedErrors(Math.min(limits.maxErrorsPerEvent(), limits.maxErrorsPerRequest() - told));
    }

    /** The event's JSON as it was sent, or without what its schema says must not be stored. */
    private byte[] stored(Envelope.Checked known, JsonNode event, byte[] json, CappedErrors errors) {
        Redaction redaction = known.redaction();
        if (redaction == null) {
            return json;
        }
        byte[] redacted = redaction.applied(rules.tenant(), event);
        if (redacted.length > limits.maxEventBytes()) {
            errors.add(new FieldError("", "with its hashes an event may have " + limits.maxEventBytes() + " bytes"));
        }
        return redacted;
    }

    private void deprecated(@Nullable Deprecation deprecation) {
        if (deprecation != null && !deprecations.contains(deprecation)) {
            deprecations =
                    Stream.concat(deprecations.stream(), Stream.of(deprecation)).toList();
        }
    }

    /** The short way through those bytes. */
    PlainEvent plain(byte[] body) {
        return rules.plain(body);
    }

    /** Takes the event that begins where the short way stands; false, and nothing done, where it is not plain. */
    boolean next(PlainEvent plain, byte[] body) {
        plain.in().space();
        int from = plain.in().at();
        if (!plain.read()) {
            return false;
        }
        int to = plain.in().at();
        if (to - from > limits.maxEventBytes()) {
            plain.in().moveTo(from);
            return false;
        }
        Envelope.Checked known = plain.checked();
        String own = plain.traceparent();
        events.add(new AdmittedEvent(
                size(),
                known.source(),
                known.id(),
                known.orderingKey(),
                own == null ? requestCorrelation : Correlation.of(own),
                known.version().number(),
                Arrays.copyOfRange(body, from, to)));
        return true;
    }

    /** Checks the event of a batch that begins there, whatever it is, and steps over it; false where it is no JSON. */
    boolean nextByTree(PlainCursor in, byte[] body) {
        in.space();
        int from = in.at();
        CappedErrors errors = errors();
        try (JsonParser parser = StrictJson.parser(body, from)) {
            parser.nextToken();
            JsonNode event = StrictJson.read(parser, errors);
            in.moveTo(from + (int) parser.currentLocation().getByteOffset());
            add(event, Arrays.copyOfRange(body, from, in.at()), errors);
            return true;
        } catch (JacksonException e) {
            return false;
        }
    }

    /** Checks an event that stands alone in its line; one that cannot be read is rejected, and hinders no other. */
    void line(byte[] json) {
        if (json == Lines.TOO_LONG) {
            unreadable(tooLarge());
            return;
        }
        if (!Utf8.valid(json)) {
            unreadable(new FieldError("", "the line is not UTF-8"));
            return;
        }
        PlainEvent plain = plain(json);
        if (next(plain, json)) {
            if (plain.in().ended()) {
                return;
            }
            events.removeLast();
        }
        CappedErrors errors = errors();
        JsonNode event;
        try {
            event = StrictJson.read(json, errors);
        } catch (JacksonException e) {
            unreadable(new FieldError("", "the line is not JSON: " + e.getOriginalMessage()));
            return;
        }
        add(event, json, errors);
    }

    private FieldError tooLarge() {
        return new FieldError("", "an event may have " + limits.maxEventBytes() + " bytes");
    }

    private void unreadable(FieldError error) {
        rejected.add(new Receipt(size(), null, null, ReceiptStatus.REJECTED, requestCorrelation, List.of(error)));
    }

    /** An event's own traceparent (CloudEvents Distributed Tracing extension) stands before the request's. */
    private String correlation(JsonNode event) {
        JsonNode own = event.get("traceparent");
        return own != null && own.isString() ? Correlation.of(own.stringValue()) : requestCorrelation;
    }
}
