package io.weir.ledger;

import io.weir.schemas.EventKeys;
import io.weir.schemas.FieldError;
import io.weir.schemas.Ids;
import io.weir.schemas.Instants;
import io.weir.schemas.StrictJson;
import io.weir.schemas.TenantId;
import io.weir.schemas.UsageLog;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * An event as the ledger knows it.
 *
 * @param key what makes it the same event
 * @param digest of its content: type, subject, time and data, in canonical form
 * @param subject empty where it names its subscription instead
 * @param time the event's time, or when it was received; microseconds
 * @param subscription the subscription that its data names
 * @param data its data
 * @param dataText its data, canonical
 */
record LoggedEvent(
        LogRecord record,
        TenantId tenant,
        UUID key,
        UUID digest,
        String source,
        String id,
        String type,
        String subject,
        Instant time,
        @Nullable String subscription,
        JsonNode data,
        String dataText) {

    /** What cannot be an event, and why. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadableException(String why) {
            super(why, null, false, false);
        }
    }

    /** Reads a record; without a time of its own its event is of when it was received. */
    static LoggedEvent read(LogRecord record) throws UnreadableException {
        return read(record, record.receivedAt());
    }

    /** Reads a record whose event, without a time of its own, is of that time. */
    static LoggedEvent read(LogRecord record, Instant otherwise) throws UnreadableException {
        TenantId tenant = tenant(record);
        List<FieldError> errors = new ArrayList<>(0);
        JsonNode event;
        try {
            event = StrictJson.read(record.value(), errors);
        } catch (JacksonException e) {
            throw new UnreadableException("not JSON: " + e.getOriginalMessage());
        }
        if (!errors.isEmpty() || !event.path("data").isObject()) {
            throw new UnreadableException(errors.isEmpty() ? "no data" : errors.toString());
        }
        String type = required(event, "type");
        String subject = text(event, "subject");
        JsonNode data = event.get("data");
        StringBuilder text = new StringBuilder(record.value().length);
        CanonicalJson.append(text, data);
        String dataText = text.toString();
        String source = required(event, "source");
        String id = required(event, "id");
        String given = text(event, "time");
        Instant time = given.isEmpty() ? otherwise : time(given);
        return new LoggedEvent(
                record,
                tenant,
                EventKeys.key(tenant, source, id),
                digest(type, subject, given.isEmpty() ? "" : time.toString(), dataText),
                source,
                id,
                type,
                subject,
                time,
                subscription(data),
                data,
                dataText);
    }

    /** The subscription that an event's data names; null where it names none. */
    static @Nullable String subscription(JsonNode data) {
        JsonNode named = data.path("subscription");
        return named.isString() ? named.stringValue() : null;
    }

    private static String text(JsonNode event, String name) {
        JsonNode node = event.path(name);
        return node.isString() ? node.stringValue() : "";
    }

    /** The tenant that the record's key names; empty where it names none. */
    static String tenantOf(LogRecord record) {
        String key = record.key();
        int end = key == null ? -1 : key.indexOf(UsageLog.SEPARATOR);
        return key != null && end > 0 && Ids.valid(key.substring(0, end)) ? key.substring(0, end) : "";
    }

    private static TenantId tenant(LogRecord record) throws UnreadableException {
        String tenant = tenantOf(record);
        if (tenant.isEmpty()) {
            throw new UnreadableException("the record's key names no tenant");
        }
        return new TenantId(tenant);
    }

    private static UUID digest(String type, String subject, String time, String data) {
        return EventKeys.digest(
                type + UsageLog.SEPARATOR + subject + UsageLog.SEPARATOR + time + UsageLog.SEPARATOR + data);
    }

    private static String required(JsonNode event, String name) throws UnreadableException {
        String text = text(event, name);
        if (text.isEmpty()) {
            throw new UnreadableException("no " + name);
        }
        return text;
    }

    private static Instant time(String text) throws UnreadableException {
        return Instants.parse(text)
                .map(time -> time.truncatedTo(ChronoUnit.MICROS))
                .orElseThrow(() -> new UnreadableException("no RFC 3339 time"));
    }
}
