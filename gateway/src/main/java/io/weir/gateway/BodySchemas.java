package io.weir.gateway;

import io.weir.schemas.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON Schemas of command bodies: components of the OpenAPI document, so that contract and check are one text. */
final class BodySchemas {
    private static final String COMPONENTS = "#/components/schemas/";
    private static final String DEFINITIONS = "#/$defs/";

    private final JsonNode definitions =
            Json.tree(Json.text(OpenApi.document().at("/components/schemas")).replace(COMPONENTS, DEFINITIONS));

    /** The schema of a body, with the components that it refers to as its definitions. */
    JsonNode of(String name) {
        ObjectNode schema = Json.object();
        schema.put("$ref", DEFINITIONS + name);
        schema.set("$defs", definitions);
        return schema;
    }
}
