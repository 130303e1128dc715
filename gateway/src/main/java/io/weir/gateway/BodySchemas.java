package io.weir.gateway;

import io.weir.schemas.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON Schemas of command bodies: components of the OpenAPI document, so that contract and check are one text. */
final class BodySchemas {
    private final JsonNode components = OpenApi.document().at("/components/schemas");

    /** The schema of a body, with the components that it refers to. */
    JsonNode of(String name) {
        ObjectNode schema = Json.object();
        schema.put("$ref", "#/components/schemas/" + name);
        schema.putObject("components").set("schemas", components);
        return schema;
    }
}
