package io.weir.policies;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A JSON Schema of flat objects, compiled so that one pass over the bytes of most documents can say "surely valid".
 *
 * <p>It only ever says yes. What it does not say yes to (another value, an unknown member, one that stands twice, an escape)
 * goes to the schema validator, which judges and says what is wrong. A schema with any keyword that is not understood here
 * wholly has no such short form. Tests hold both to each other.
 */
final class PlainData {
    private static final Set<String> ANNOTATIONS =
            Set.of("$schema", "$comment", "title", "description", "examples", "default", "deprecated", "readOnly");
    private static final Set<String> OBJECT = Set.of("type", "properties", "required", "additionalProperties");
    private static final int MOST_PROPERTIES = 64;

    private final Property[] properties;
    private final long required;

    private PlainData(Property[] properties, long required) {
        this.properties = properties;
        this.required = required;
    }

    /** The short form of a schema; empty where it has none. */
    static Optional<PlainData> of(JsonNode schema) {
        if (!schema.isObject()
                || !known(schema, OBJECT)
                || !schema.path("type").asString("").equals("object")
                || !(schema.path("additionalProperties").isMissingNode()
                        || schema.path("additionalProperties").isBoolean())
                || schema.path("properties").size() > MOST_PROPERTIES) {
            return Optional.empty();
        }
        List<Property> properties = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            Property made = Property.of(property.getKey(), property.getValue());
            if (made == null) {
                return Optional.empty();
            }
            properties.add(made);
        }
        return required(schema.path("required"), properties)
                .map(bits -> new PlainData(properties.toArray(Property[]::new), bits));
    }

    private static Optional<Long> required(JsonNode names, List<Property> properties) {
        long bits = 0;
        for (JsonNode name : names) {
            byte[] bytes = name.asString("").getBytes(StandardCharsets.UTF_8);
            int place = 0;
            while (place < properties.size() && !java.util.Arrays.equals(properties.get(place).name, bytes)) {
                place++;
            }
            if (place == properties.size()) {
                return Optional.empty();
            }
            bits |= 1L << place;
        }
        return Optional.of(bits);
    }

    private static boolean known(JsonNode schema, Set<String> keywords) {
        for (String keyword : schema.propertyNames()) {
            if (!keywords.contains(keyword) && !ANNOTATIONS.contains(keyword)) {
                return false;
            }
        }
        return true;
    }

    /** Steps over an object; false where it is not surely valid. */
    boolean read(PlainCursor in) {
        if (!in.take('{')) {
            return false;
        }
        if (in.take('}')) {
            return required == 0;
        }
        long seen = 0;
        int guess = 0;
        do {
            if (!in.text()) {
                return false;
            }
            int place = place(in, guess);
            if (place < 0 || (seen & 1L << place) != 0 || !in.take(':') || !properties[place].read(in)) {
                return false;
            }
            seen |= 1L << place;
            guess = place + 1;
        } while (in.take(','));
        return in.take('}') && (seen & required) == required;
    }

    /** Which property the last text names; members mostly come in one order. */
    private int place(PlainCursor in, int guess) {
        for (int i = 0, place = guess; i < properties.length; i++, place++) {
            if (place >= properties.length) {
                place = 0;
            }
            if (in.is(properties[place].name)) {
                return place;
            }
        }
        return -1;
    }

    private enum Kind {
        TEXT,
        WHOLE,
        NUMBER,
        TRUTH
    }

    /** One property: its type and bounds; of a text the bounds of its length. */
    private record Property(byte[] name, Kind kind, long least, long most) {
        private static final Set<String> TEXT = Set.of("type", "minLength", "maxLength");
        private static final Set<String> NUMBER = Set.of("type", "minimum", "maximum");
        private static final Set<String> TRUTH = Set.of("type");

        static @Nullable Property of(String name, JsonNode schema) {
            if (!schema.isObject() || !name.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '"' && c != '\\')) {
                return null;
            }
            byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
            return switch (schema.path("type").asString("")) {
                case "string" -> bounded(bytes, Kind.TEXT, schema, TEXT, "minLength", "maxLength");
                case "integer" -> bounded(bytes, Kind.WHOLE, schema, NUMBER, "minimum", "maximum");
                case "number" -> bounded(bytes, Kind.NUMBER, schema, NUMBER, "minimum", "maximum");
                case "boolean" -> known(schema, TRUTH) ? new Property(bytes, Kind.TRUTH, 0, 0) : null;
                default -> null;
            };
        }

        private static @Nullable Property bounded(
                byte[] name, Kind kind, JsonNode schema, Set<String> keywords, String least, String most) {
            JsonNode low = schema.path(least);
            JsonNode high = schema.path(most);
            if (!known(schema, keywords)
                    || !(low.isMissingNode() || low.isIntegralNumber() && low.canConvertToLong())
                    || !(high.isMissingNode() || high.isIntegralNumber() && high.canConvertToLong())) {
                return null;
            }
            return new Property(
                    name,
                    kind,
                    low.isMissingNode() ? Long.MIN_VALUE : low.longValue(),
                    high.isMissingNode() ? Long.MAX_VALUE : high.longValue());
        }

        boolean read(PlainCursor in) {
            return switch (kind) {
                case TEXT -> in.text() && in.length() >= least && in.length() <= most;
                case WHOLE -> in.number() && !in.fraction() && in.whole() >= least && in.whole() <= most;
                case NUMBER -> in.number() && in.whole() >= least && in.whole() + (in.fraction() ? 1 : 0) <= most;
                case TRUTH -> in.truth();
            };
        }
    }
}
