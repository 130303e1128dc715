package io.weir.policies;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.weir.schemas.FieldError;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** JSON Schema 2020-12: compiled once, checked often. A {@code $ref} never leaves the schema that it stands in. */
final class JsonSchemas {
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaCacheEnabled(false)
                    .schemaLoader(loader -> loader.block(iri -> true))
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .locale(Locale.ROOT)
                            .formatAssertionsEnabled(true)
                            .build()));

    private JsonSchemas() {}

    /** Compiles a schema. */
    static Schema compile(JsonNode schema) {
        Schema compiled = REGISTRY.getSchema(schema);
        compiled.initializeValidators();
        return compiled;
    }

    /** Checks a value; adds all that is wrong, with pointers below the prefix. */
    static void check(Schema schema, JsonNode value, String prefix, List<FieldError> errors) {
        List<Error> found = schema.validate(value);
        for (Error error : found) {
            errors.add(new FieldError(pointer(prefix, error), error.getMessage()));
        }
    }

    private static String pointer(String prefix, Error error) {
        String property = error.getProperty();
        String at = prefix + error.getInstanceLocation();
        return property == null ? at : at + "/" + property.replace("~", "~0").replace("/", "~1");
    }
}
