package io.weir.masterdata;

import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is known of every value that a schema accepts: a list of schemas that all hold. It may know less than the schema says,
 * never more. Immutable.
 */
final class Facts {
    /** What a value is; a number is whole or not. */
    enum Kind {
        NULL,
        BOOLEAN,
        OBJECT,
        ARRAY,
        STRING,
        INTEGER,
        FRACTION
    }

    static final Facts NONE = new Facts(List.of(), false);

    private static final String TYPE = "type";
    private static final String ITEMS = "items";
    private static final String PREFIX = "prefixItems";
    private static final String PROPERTIES = "properties";
    private static final String ADDITIONAL = "additionalProperties";

    private final List<JsonNode> faces;
    private final boolean never;

    private Facts(List<JsonNode> faces, boolean never) {
        this.faces = faces;
        this.never = never;
    }

    static Facts of(JsonNode schema) {
        return NONE.and(schema);
    }

    /** These, and what the schema says. */
    Facts and(JsonNode schema) {
        List<JsonNode> more = new ArrayList<>(faces);
        boolean nothing = never | collect(schema, more);
        return new Facts(List.copyOf(more), nothing);
    }

    /** Adds a schema and those that hold with it; whether nothing can be accepted. */
    private static boolean collect(JsonNode schema, List<JsonNode> faces) {
        if (!schema.isObject()) {
            return schema.isBoolean() && !schema.booleanValue();
        }
        faces.add(schema);
        boolean nothing = false;
        for (JsonNode branch : schema.path("allOf")) {
            nothing |= collect(branch, faces);
        }
        return nothing;
    }

    /** Whether surely no value is accepted. */
    boolean never() {
        return never || kinds().isEmpty();
    }

    List<JsonNode> faces() {
        return faces;
    }

    /** What the values can be. */
    Set<Kind> kinds() {
        Set<Kind> kinds = EnumSet.allOf(Kind.class);
        all(TYPE).forEach(type -> kinds.retainAll(kinds(type)));
        all("const").forEach(value -> kinds.retainAll(EnumSet.of(kind(value))));
        return kinds;
    }

    /** The kinds that the keyword {@code type} names. */
    static Set<Kind> kinds(JsonNode type) {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (JsonNode one : type.isArray() ? type : List.of(type)) {
            switch (one.asString("")) {
                case "number" -> kinds.addAll(EnumSet.of(Kind.INTEGER, Kind.FRACTION));
                case "integer" -> kinds.add(Kind.INTEGER);
                case "string" -> kinds.add(Kind.STRING);
                case "object" -> kinds.add(Kind.OBJECT);
                case "array" -> kinds.add(Kind.ARRAY);
                case "boolean" -> kinds.add(Kind.BOOLEAN);
                case "null" -> kinds.add(Kind.NULL);
                default -> kinds.addAll(EnumSet.allOf(Kind.class));
            }
        }
        return kinds;
    }

    private static Kind kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT, POJO -> Kind.OBJECT;
            case ARRAY -> Kind.ARRAY;
            case STRING, BINARY -> Kind.STRING;
            case BOOLEAN -> Kind.BOOLEAN;
            case NULL, MISSING -> Kind.NULL;
            case NUMBER -> value.decimalValue().stripTrailingZeros().scale() <= 0 ? Kind.INTEGER : Kind.FRACTION;
        };
    }

    /** What the keyword says wherever it stands. */
    Stream<JsonNode> all(String keyword) {
        return faces.stream().filter(face -> face.has(keyword)).map(face -> face.get(keyword));
    }

    /** The numbers that the keyword gives. */
    Stream<BigDecimal> numbers(String keyword) {
        return all(keyword).filter(JsonNode::isNumber).map(JsonNode::decimalValue);
    }

    /** Whether the keyword says just this somewhere. */
    boolean says(String keyword, @Nullable JsonNode value) {
        return all(keyword).anyMatch(said -> said.equals(value));
    }

    /** The one value that is accepted; empty where there may be more. */
    Optional<JsonNode> constant() {
        return all("const").findFirst();
    }

    /** All values that can be accepted; empty where they are not listed. */
    Optional<List<JsonNode>> values() {
        return all("enum")
                .filter(JsonNode::isArray)
                .findFirst()
                .map(list -> list.valueStream().toList());
    }

    /** These, where the value is this one: what a constant is known by is written out. */
    Facts being(JsonNode value) {
        ObjectNode known = Json.object();
        known.set("const", value);
        if (value.isString()) {
            int length =
                    value.stringValue().codePointCount(0, value.stringValue().length());
            known.put("minLength", length).put("maxLength", length);
        } else if (value.isNumber()) {
            known.set("minimum", value);
            known.set("maximum", value);
        }
        List<JsonNode> others = new ArrayList<>();
        faces.forEach(face -> others.add(face.has("enum") ? without(face, "enum") : face));
        others.add(known);
        return new Facts(List.copyOf(others), never);
    }

    /** These, where a constant that was not yet written out is. */
    boolean constantIsBare() {
        Optional<JsonNode> constant = constant();
        return constant.isPresent()
                && (constant.get().isString() && all("minLength").findAny().isEmpty()
                        || constant.get().isNumber() && all("minimum").findAny().isEmpty());
    }

    /** The alternatives that one keyword lists, each with all else that is known; empty where there are none. */
    List<Facts> alternatives() {
        for (int i = 0; i < faces.size(); i++) {
            for (String keyword : List.of("anyOf", "oneOf")) {
                JsonNode face = faces.get(i);
                if (face.path(keyword).isArray()) {
                    List<JsonNode> rest = new ArrayList<>(faces);
                    rest.set(i, without(face, keyword));
                    Facts others = new Facts(List.copyOf(rest), never);
                    return face.get(keyword).valueStream().map(others::and).toList();
                }
            }
        }
        return List.of();
    }

    private static JsonNode without(JsonNode face, String keyword) {
        ObjectNode copy = ((ObjectNode) face).deepCopy();
        copy.remove(keyword);
        return copy;
    }

    /** Names of members that are listed anywhere. */
    Set<String> declared() {
        Set<String> names = new TreeSet<>();
        all(PROPERTIES).forEach(properties -> names.addAll(properties.propertyNames()));
        return names;
    }

    boolean requires(String name) {
        return all("required")
                .anyMatch(names ->
                        names.valueStream().anyMatch(one -> one.asString("").equals(name)));
    }

    /** What is known of the member. */
    Facts member(String name) {
        Facts member = NONE;
        for (JsonNode face : faces) {
            JsonNode own = face.path(PROPERTIES).get(name);
            if (own != null) {
                member = member.and(own);
            } else if (face.path("patternProperties").isEmpty() && face.has(ADDITIONAL)) {
                member = member.and(face.get(ADDITIONAL));
            }
        }
        return member;
    }

    /** What is known of the item in that place. */
    Facts item(int index) {
        Facts item = NONE;
        for (JsonNode face : faces) {
            JsonNode own = face.path(PREFIX).get(index);
            if (own != null) {
                item = item.and(own);
            } else if (face.has(ITEMS)) {
                item = item.and(face.get(ITEMS));
            }
        }
        return item;
    }

    /** How many places of a list are told apart. */
    int places() {
        return all(PREFIX).mapToInt(JsonNode::size).max().orElse(0);
    }
}
