package io.weir.policies;

import io.weir.schemas.FieldError;
import io.weir.schemas.JsonPointers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * The body of a registration: the JSON Schema itself, or {@code { "schema": ..., "mappings": ... }}. It is the latter where
 * {@code schema} is an object and nothing but these two members is there; no useful schema looks like that.
 *
 * @param mappings from the JSON Pointer that meters read to the one in events of this version
 */
public record SchemaBody(JsonNode schema, Map<String, String> mappings) {
    private static final String SCHEMA = "schema";
    private static final String MAPPINGS = "mappings";

    /** What a checked body holds. */
    public static SchemaBody of(JsonNode body) {
        if (!wrapped(body)) {
            return new SchemaBody(body, Map.of());
        }
        Map<String, String> mappings = new TreeMap<>();
        body.path(MAPPINGS)
                .properties()
                .forEach(mapping ->
                        mappings.put(mapping.getKey(), mapping.getValue().asString()));
        return new SchemaBody(body.get(SCHEMA), mappings);
    }

    static List<FieldError> wrong(JsonNode body, SchemaRules rules) {
        if (!wrapped(body)) {
            return rules.wrong(body);
        }
        List<FieldError> errors = new ArrayList<>();
        rules.wrong(body.get(SCHEMA))
                .forEach(error -> errors.add(new FieldError("/" + SCHEMA + error.pointer(), error.detail())));
        JsonNode mappings = body.path(MAPPINGS);
        if (!mappings.isObject() && !mappings.isMissingNode()) {
            errors.add(new FieldError("/" + MAPPINGS, "must be an object of JSON Pointers"));
        }
        mappings.properties().forEach(mapping -> {
            if (!mapping.getValue().isString()) {
                errors.add(new FieldError(
                        "/" + MAPPINGS + "/" + JsonPointers.escaped(mapping.getKey()), "must be a JSON Pointer"));
            }
        });
        return errors;
    }

    private static boolean wrapped(JsonNode body) {
        return body.path(SCHEMA).isObject() && Set.of(SCHEMA, MAPPINGS).containsAll(body.propertyNames());
    }
}
