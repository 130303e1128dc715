package io.weir.masterdata;

import static io.weir.schemas.JsonPointers.escaped;

import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Whether what is known of an object ensures what a schema says of its members. */
final class MemberRules {
    private static final String ADDITIONAL = "additionalProperties";
    private static final String PATTERNS = "patternProperties";

    private final SchemaComparison comparison;
    private final Facts known;
    private final JsonNode schema;

    MemberRules(SchemaComparison comparison, Facts known, JsonNode schema) {
        this.comparison = comparison;
        this.known = known;
        this.schema = schema;
    }

    void keyword(String keyword, JsonNode said, String at, List<FieldError> found) {
        switch (keyword) {
            case "required" ->
                said.forEach(name -> {
                    if (!known.requires(name.asString(""))) {
                        found.add(
                                new FieldError(at, "'" + name.asString("") + "' is not required by the other version"));
                    }
                });
            case "properties" ->
                said.properties()
                        .forEach(member -> found.addAll(comparison.compare(
                                known.member(member.getKey()),
                                member.getValue(),
                                at + "/" + escaped(member.getKey()))));
            case PATTERNS ->
                said.properties()
                        .forEach(member -> matching(
                                member.getKey(), member.getValue(), at + "/" + escaped(member.getKey()), found));
            case ADDITIONAL -> others(said, schema, at, found);
            case "propertyNames" -> SchemaComparison.ensured(names(said), at, said, found);
            case "dependentRequired" ->
                said.properties()
                        .forEach(member -> found.addAll(
                                with(member.getKey(), Json.object().set("required", member.getValue()), at)));
            case "dependentSchemas" ->
                said.properties().forEach(member -> found.addAll(with(member.getKey(), member.getValue(), at)));
            default -> {
                // An annotation, or what another keyword reads.
            }
        }
    }

    /** What a schema refuses of objects that have that member. */
    private List<FieldError> with(String name, JsonNode schema, String at) {
        if (known.member(name).never()) {
            return List.of();
        }
        ObjectNode has = Json.object();
        has.putArray("required").add(name);
        boolean same = schema.has("required")
                && schema.size() == 1
                && known.all("dependentRequired")
                        .anyMatch(each -> each.path(name).equals(schema.get("required")));
        return same ? List.of() : comparison.compare(known.and(has), schema, at + "/" + escaped(name));
    }

    private boolean names(JsonNode said) {
        Facts names = Facts.of(Json.object().put("type", "string"));
        for (JsonNode each : known.all("propertyNames").toList()) {
            names = names.and(each);
        }
        return comparison.accepts(names, said);
    }

    /** Members whose names match: the other version says the same of them, or of all members. */
    private void matching(String pattern, JsonNode said, String at, List<FieldError> found) {
        boolean same = known.all(PATTERNS)
                .filter(patterns -> patterns.has(pattern))
                .anyMatch(patterns -> comparison.accepts(Facts.of(patterns.get(pattern)), said));
        if (!same) {
            others(said, Json.object(), at, found);
        }
    }

    /** Members that a schema does not list. */
    private void others(JsonNode said, JsonNode listing, String at, List<FieldError> found) {
        if (said.isBoolean() && said.booleanValue()) {
            return;
        }
        for (String name : known.declared()) {
            if (!listing.path("properties").has(name)) {
                for (FieldError error : comparison.compare(known.member(name), said, at)) {
                    found.add(new FieldError(error.pointer(), "member '" + name + "': " + error.detail()));
                }
            }
        }
        if (known.faces().stream().noneMatch(face -> closes(face, said, listing))) {
            found.add(new FieldError(at, "the other version accepts members that it does not list"));
        }
    }

    /** Whether a schema accepts of the members that nobody lists only what is accepted here. */
    private boolean closes(JsonNode face, JsonNode said, JsonNode listing) {
        return face.has(ADDITIONAL)
                && comparison.accepts(Facts.of(face.get(ADDITIONAL)), said)
                && face.path(PATTERNS).properties().stream()
                        .allMatch(member -> listing.path(PATTERNS).has(member.getKey())
                                || comparison.accepts(Facts.of(member.getValue()), said));
    }
}
