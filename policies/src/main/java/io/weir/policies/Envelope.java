package io.weir.policies;

import io.weir.schemas.Caller;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.Deprecation;
import io.weir.schemas.FieldError;
import io.weir.schemas.Ids;
import io.weir.schemas.Instants;
import io.weir.schemas.Narrowing;
import io.weir.schemas.TenantId;
import io.weir.schemas.Text;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The rules of one event: its CloudEvents 1.0 envelope, its time, its account, and its data against the registered type.
 * Reports everything that is wrong, each with its pointer.
 */
final class Envelope {
    static final int LONGEST_SOURCE = 512;

    private final Caller caller;
    private final Map<String, EventType> types;
    private final Instant now;
    private final EventWindow window;

    /** The rules for what the tenant takes now. */
    Envelope(Caller caller, Map<String, EventType> types, Instant now) {
        this(caller, types, now, EventWindow.of(caller, now));
    }

    Envelope(Caller caller, Map<String, EventType> types, Instant now, EventWindow window) {
        this.caller = caller;
        this.types = types;
        this.now = now;
        this.window = window;
    }

    /**
     * What is known of an event that has nothing wrong.
     *
     * @param redaction what of it must not be stored; null where nothing
     */
    record Checked(
            String source,
            String id,
            String orderingKey,
            SchemaVersion version,
            @Nullable Redaction redaction) {}

    /** Whose events they are. */
    TenantId tenant() {
        return caller.tenant();
    }

    /** The short way through those bytes, for events that these rules surely take. */
    PlainEvent plain(byte[] bytes) {
        return new PlainEvent(bytes, caller, types, window);
    }

    /** Checks an event; empty where errors were added. */
    Optional<Checked> check(JsonNode event, CappedErrors errors) {
        if (!event.isObject()) {
            if (errors.isEmpty()) {
                errors.add(new FieldError("", "an event is a JSON object"));
            }
            return Optional.empty();
        }
        version(event, errors);
        String source = text(event, "source", LONGEST_SOURCE, errors);
        String id = text(event, "id", Ids.MAX_LENGTH, errors);
        time(given(event, "time"), errors);
        media(event, errors);
        EventType type = type(event, errors);
        if (caller.narrowing() != Narrowing.NONE) {
            narrowed(source, event.path("type").asString(""), errors);
        }
        SchemaVersion version = type == null ? null : schemaVersion(event, type, errors);
        CompiledSchema.Usable schema = version == null ? null : usable(version, errors);
        JsonNode data = event.path("data");
        if (!data.isObject()) {
            errors.add(new FieldError("/data", "must be a JSON object"));
        } else if (schema != null) {
            JsonSchemas.check(schema.schema(), data, "/data", errors);
        }
        String orderingKey = orderingKey(event, data, errors);
        return errors.isEmpty()
                        && version != null
                        && schema != null
                        && source != null
                        && id != null
                        && orderingKey != null
                ? Optional.of(new Checked(source, id, orderingKey, version, schema.redaction()))
                : Optional.empty();
    }

    /** A member; null where it is absent, or null, which is the same to CloudEvents (JSON format 1.0.2, 2.2). */
    private static @Nullable JsonNode given(JsonNode event, String name) {
        JsonNode node = event.get(name);
        return node == null || node.isNull() ? null : node;
    }

    private static void version(JsonNode event, List<FieldError> errors) {
        JsonNode version = event.path("specversion");
        if (!version.isString() || !version.stringValue().equals("1.0")) {
            errors.add(new FieldError("/specversion", "must be \"1.0\""));
        }
    }

    private static @Nullable String text(JsonNode event, String name, int longest, List<FieldError> errors) {
        JsonNode node = event.get(name);
        if (node == null || !node.isString() || node.stringValue().isEmpty()) {
            errors.add(new FieldError("/" + name, "must be a text that is not empty"));
            return null;
        }
        String text = node.stringValue();
        if (text.length() > longest || !Text.printable(text)) {
            errors.add(
                    new FieldError("/" + name, "must be at most " + longest + " characters, none a control character"));
            return null;
        }
        return text;
    }

    private void time(@Nullable JsonNode node, List<FieldError> errors) {
        if (node == null) {
            if (window.named()) {
                errors.add(new FieldError("/time", "must be given"));
            }
            return;
        }
        Optional<Instant> time = node.isString() ? Instants.parse(node.stringValue()) : Optional.empty();
        if (time.isEmpty()) {
            errors.add(new FieldError("/time", "must be an RFC 3339 date-time, such as 2026-11-20T10:00:00Z"));
        } else if (time.get().isBefore(window.earliest())) {
            errors.add(new FieldError("/time", window.early()));
        } else if (time.get().isAfter(window.latest())) {
            errors.add(new FieldError("/time", window.late()));
        }
    }

    /** What the credential may not post, though the tenant may. */
    private void narrowed(@Nullable String source, String type, List<FieldError> errors) {
        if (source != null && !caller.narrowing().mayPostSource(source)) {
            errors.add(new FieldError("/source", "the credential is narrowed to other sources"));
        }
        if (!caller.narrowing().mayPostType(type)) {
            errors.add(new FieldError("/type", "the credential is narrowed to other event types"));
        }
    }

    private static void media(JsonNode event, List<FieldError> errors) {
        JsonNode media = given(event, "datacontenttype");
        if (media != null && !(media.isString() && MediaTypes.json(media.stringValue()))) {
            errors.add(new FieldError("/datacontenttype", "must be application/json"));
        }
        if (given(event, "data_base64") != null) {
            errors.add(new FieldError("/data_base64", "data must be JSON, in the member data"));
        }
    }

    private @Nullable EventType type(JsonNode event, List<FieldError> errors) {
        String name = text(event, "type", Ids.MAX_LENGTH, errors);
        if (name == null) {
            return null;
        }
        EventType type = types.get(name);
        if (type == null) {
            errors.add(new FieldError("/type", "no event type '" + name + "' is registered"));
        }
        return type;
    }

    /** The version that {@code dataschema} names, or the current one; null where errors were added. */
    private @Nullable SchemaVersion schemaVersion(JsonNode event, EventType type, List<FieldError> errors) {
        JsonNode named = given(event, "dataschema");
        SchemaVersion version = type.current();
        if (named != null) {
            OptionalInt number = DataSchema.version(named, type.name());
            version = number.isPresent() ? type.version(number.getAsInt()) : null;
            if (version == null) {
                errors.add(new FieldError(
                        "/dataschema",
                        "names no registered version of the type, such as "
                                + DataSchema.of(type.name(), type.current().number())));
                return null;
            }
        }
        Deprecation deprecation = version.deprecation();
        if (deprecation != null && deprecation.over(now)) {
            errors.add(new FieldError(
                    named == null ? "/type" : "/dataschema",
                    "version " + version.number() + " is not taken since " + deprecation.sunsetAt()));
            return null;
        }
        return version;
    }

    private static CompiledSchema.@Nullable Usable usable(SchemaVersion version, List<FieldError> errors) {
        return switch (version.compiled()) {
            case CompiledSchema.Usable usable -> usable;
            case CompiledSchema.Broken broken -> {
                errors.add(new FieldError(
                        "/type", "the schema of its version " + version.number() + " cannot be used: " + broken.why()));
                yield null;
            }
        };
    }

    private static @Nullable String orderingKey(JsonNode event, JsonNode data, List<FieldError> errors) {
        JsonNode subject = given(event, "subject");
        if (subject != null) {
            return text(event, "subject", Ids.MAX_LENGTH, errors);
        }
        JsonNode subscription = data.get("subscription");
        if (subscription != null && subscription.isString() && Ids.valid(subscription.stringValue())) {
            return subscription.stringValue();
        }
        errors.add(new FieldError("/subject", "must name the account, unless data.subscription is given"));
        return null;
    }
}
