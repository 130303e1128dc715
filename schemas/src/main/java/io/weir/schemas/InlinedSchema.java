package io.weir.schemas;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON Schema (2020-12) with every {@code $ref} written out, as one more schema of {@code allOf}: what reads it further
 * needs to follow nothing, and ends. References lead into the same document ({@code #/...}) and never back to where they
 * stand, so that the whole is finite; and it is bounded.
 */
public final class InlinedSchema {
    /** The annotation that says what may be stored of a value: keep, hash or drop. */
    public static final String CLASSIFICATION = "x-weir-classification";

    /** Keywords whose value is a schema. */
    private static final Set<String> ONE = Set.of(
            "additionalProperties",
            "propertyNames",
            "items",
            "contains",
            "not",
            "if",
            "then",
            "else",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contentSchema");
    /** Keywords whose value is a list of schemas. */
    private static final Set<String> LIST = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    /** Keywords whose value has a schema for each of its members. */
    private static final Set<String> MAP = Set.of("properties", "patternProperties", "dependentSchemas", "$defs");

    private static final String REF = "$ref";
    private static final String DEFS = "$defs";
    private static final String ALL_OF = "allOf";

    private final JsonNode root;
    private final Deque<String> following = new ArrayDeque<>();
    private int room;

    private InlinedSchema(JsonNode root, int mostSubschemas) {
        this.root = root;
        this.room = mostSubschemas;
        following.push("#");
    }

    /** A schema that cannot be written out, and where it is wrong. */
    public static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;
        private final transient FieldError error;

        private Unusable(String pointer, String detail) {
            super(pointer + ": " + detail, null, false, false);
            this.error = new FieldError(pointer, detail);
        }

        /** What is wrong. */
        public FieldError error() {
            return error;
        }
    }

    /**
     * Writes a schema out.
     *
     * @param mostSubschemas most schemas that the result may hold
     */
    public static JsonNode of(JsonNode schema, int mostSubschemas) throws Unusable {
        return new InlinedSchema(schema, mostSubschemas).written(schema, "");
    }

    /** Gives each schema directly within a schema, definitions among them, with its pointer below it. */
    public static void children(JsonNode schema, BiConsumer<String, JsonNode> told) {
        schema.properties().forEach(member -> {
            String at = "/" + JsonPointers.escaped(member.getKey());
            JsonNode value = member.getValue();
            if (ONE.contains(member.getKey())) {
                told.accept(at, value);
            } else if (LIST.contains(member.getKey()) && value.isArray()) {
                for (int i = 0; i < value.size(); i++) {
                    told.accept(at + "/" + i, value.get(i));
                }
            } else if (MAP.contains(member.getKey()) && value.isObject()) {
                value.properties()
                        .forEach(child ->
                                told.accept(at + "/" + JsonPointers.escaped(child.getKey()), child.getValue()));
            }
        });
    }

    private JsonNode written(JsonNode schema, String at) throws Unusable {
        if (--room < 0) {
            throw new Unusable(at, "with every $ref written out the schema is too large");
        }
        if (!schema.isObject()) {
            return schema;
        }
        ObjectNode out = Json.object();
        for (var member : schema.properties()) {
            String name = member.getKey();
            if (!name.equals(REF) && !name.equals(DEFS)) {
                out.set(name, value(name, member.getValue(), at + "/" + JsonPointers.escaped(name)));
            }
        }
        JsonNode reference = schema.get(REF);
        if (reference != null) {
            ArrayNode all = out.path(ALL_OF) instanceof ArrayNode given ? given : out.putArray(ALL_OF);
            all.add(followed(reference, at + "/" + REF));
        }
        return out;
    }

    private JsonNode value(String name, JsonNode value, String at) throws Unusable {
        if (ONE.contains(name)) {
            return written(value, at);
        }
        if (LIST.contains(name) && value.isArray()) {
            ArrayNode list = Json.object().arrayNode();
            for (int i = 0; i < value.size(); i++) {
                list.add(written(value.get(i), at + "/" + i));
            }
            return list;
        }
        if (MAP.contains(name) && value.isObject()) {
            ObjectNode map = Json.object();
            for (var child : value.properties()) {
                map.set(child.getKey(), written(child.getValue(), at + "/" + JsonPointers.escaped(child.getKey())));
            }
            return map;
        }
        return value;
    }

    private JsonNode followed(JsonNode reference, String at) throws Unusable {
        String text = reference.asString("");
        @Nullable JsonNode target = target(text);
        if (target == null) {
            throw new Unusable(at, "must be # or #/..., and lead to a schema of this document");
        }
        if (following.contains(text)) {
            throw new Unusable(at, "leads back to where it stands: recursive schemas are not taken");
        }
        following.push(text);
        JsonNode written = written(target, at);
        following.pop();
        return written;
    }

    private @Nullable JsonNode target(String reference) {
        if (reference.equals("#")) {
            return root;
        }
        if (!reference.startsWith("#/") || reference.contains("%")) {
            return null;
        }
        JsonNode node = root;
        for (String step : JsonPointers.steps(reference.substring(1))) {
            node = node.isArray() && step.matches("\\d{1,6}") ? node.path(Integer.parseInt(step)) : node.path(step);
        }
        return node.isObject() || node.isBoolean() ? node : null;
    }
}
