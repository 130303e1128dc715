package io.weir.policies;

import com.networknt.schema.Schema;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A registered event type with its current schema.
 *
 * @param version the schema's version, which each event keeps
 * @param plain the short form of the schema, where it has one
 */
record EventType(String name, int version, Schema schema, Optional<PlainData> plain) {
    /** Compiles a schema. */
    static EventType of(String name, int version, JsonNode schema) {
        return new EventType(name, version, JsonSchemas.compile(schema), PlainData.of(schema));
    }
}
