package io.weir.archive;

import io.weir.schemas.Json;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A recorded event as it left: the CloudEvent, and what Weir knew of it, which its line has as extension attributes.
 *
 * @param key what makes it the same event
 * @param digest of its content
 * @param subject empty where it named its subscription instead
 * @param time the event's own, or when it was received
 * @param data its data, JSON
 * @param held why it was never counted; null where it is counted
 * @param takenBack the kind of the correction that took it back; null where it stands
 */
public record ArchivedEvent(
        UUID key,
        UUID digest,
        String tenant,
        String source,
        String id,
        String type,
        String subject,
        Instant time,
        int schemaVersion,
        String data,
        @Nullable String customer,
        @Nullable String subscription,
        @Nullable Long subscriptionRevision,
        @Nullable String item,
        @Nullable String legalEntity,
        @Nullable String held,
        @Nullable String takenBack,
        long masterRevision,
        Instant receivedAt,
        Instant loggedAt,
        Instant recordedAt,
        String correlation,
        int logPartition,
        long logOffset) {
    /** Data is the last member: no text before it can hold this unescaped. */
    private static final String DATA = ",\"data\":";

    /** The line: one JSON object without its end of line. */
    String line() {
        ObjectNode line = Json.object();
        line.put("specversion", "1.0").put("id", id).put("source", source).put("type", type);
        put(line, "subject", subject.isEmpty() ? null : subject);
        line.put("time", time.toString()).put("datacontenttype", "application/json");
        line.put("weirtenant", tenant).put("weirschemaversion", schemaVersion);
        put(line, "weircustomer", customer);
        put(line, "weirsubscription", subscription);
        put(line, "weirsubscriptionrevision", subscriptionRevision == null ? null : subscriptionRevision.toString());
        put(line, "weiritem", item);
        put(line, "weirlegalentity", legalEntity);
        put(line, "weirheld", held);
        put(line, "weirtakenback", takenBack);
        line.put("weirmasterrevision", Long.toString(masterRevision));
        line.put("weirreceivedat", receivedAt.toString())
                .put("weirloggedat", loggedAt.toString())
                .put("weirrecordedat", recordedAt.toString());
        line.put("weircorrelation", correlation)
                .put("weirpartition", logPartition)
                .put("weiroffset", Long.toString(logOffset));
        line.put("weirkey", key.toString()).put("weirdigest", digest.toString());
        String envelope = Json.text(line);
        return envelope.substring(0, envelope.length() - 1) + DATA + data + "}";
    }

    /** The event of a line. */
    static ArchivedEvent read(String line) {
        int data = line.indexOf(DATA);
        if (data < 0) {
            throw new IllegalArgumentException("a line of the archive without data");
        }
        JsonNode envelope = Json.tree(line.substring(0, data) + "}");
        String revision = text(envelope, "weirsubscriptionrevision");
        String subject = text(envelope, "subject");
        return new ArchivedEvent(
                UUID.fromString(given(envelope, "weirkey")),
                UUID.fromString(given(envelope, "weirdigest")),
                given(envelope, "weirtenant"),
                given(envelope, "source"),
                given(envelope, "id"),
                given(envelope, "type"),
                subject == null ? "" : subject,
                Instant.parse(given(envelope, "time")),
                envelope.path("weirschemaversion").intValue(),
                line.substring(data + DATA.length(), line.length() - 1),
                text(envelope, "weircustomer"),
                text(envelope, "weirsubscription"),
                revision == null ? null : Long.valueOf(revision),
                text(envelope, "weiritem"),
                text(envelope, "weirlegalentity"),
                text(envelope, "weirheld"),
                text(envelope, "weirtakenback"),
                Long.parseLong(given(envelope, "weirmasterrevision")),
                Instant.parse(given(envelope, "weirreceivedat")),
                Instant.parse(given(envelope, "weirloggedat")),
                Instant.parse(given(envelope, "weirrecordedat")),
                given(envelope, "weircorrelation"),
                envelope.path("weirpartition").intValue(),
                Long.parseLong(given(envelope, "weiroffset")));
    }

    private static void put(ObjectNode line, String name, @Nullable String value) {
        if (value != null) {
            line.put(name, value);
        }
    }

    private static @Nullable String text(JsonNode envelope, String name) {
        JsonNode node = envelope.get(name);
        return node == null ? null : node.asString();
    }

    private static String given(JsonNode envelope, String name) {
        String text = text(envelope, name);
        if (text == null) {
            throw new IllegalArgumentException("a line of the archive without " + name);
        }
        return text;
    }
}
