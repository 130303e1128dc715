package io.weir.policies;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.AnnotationKeyword;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.FieldError;
import io.weir.schemas.JsonPointers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.JsonNodeException;

/**
 * JSON Schema 2020-12: compiled once, checked often. A {@code $ref} never leaves the schema that it stands in; a pattern is
 * matched in linear time; a keyword that is not known says nothing, and is not remembered.
 */
final class JsonSchemas {
    private static final Dialect DIALECT = Dialect.builder(Dialects.getDraft202012())
            .unknownKeywordFactory((name, context) -> new AnnotationKeyword(name))
            .build();

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDialect(
            DIALECT,
            builder -> builder.schemaCacheEnabled(false)
                    .schemaLoader(loader -> loader.block(iri -> true))
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .locale(Locale.ROOT)
                            .formatAssertionsEnabled(true)
                            .regularExpressionFactory(LinearExpression::of)
                            .build()));

    private JsonSchemas() {}

    /** Compiles a schema. */
    static Schema compile(JsonNode schema) {
        Schema compiled = REGISTRY.getSchema(schema);
        compiled.initializeValidators();
        return compiled;
    }

    /** Checks a value; adds what is wrong, as much as there is room for, with pointers below the prefix. */
    static void check(Schema schema, JsonNode value, String prefix, CappedErrors errors) {
        List<Error> found;
        try {
            found = schema.validate(value, context -> context.setErrors(new Found(errors.room())));
        } catch (Enough enough) {
            found = enough.found;
            errors.andMore();
        } catch (JsonNodeException incomparable) {
            beyondRange(value, prefix, errors);
            return;
        }
        for (Error error : found) {
            errors.add(new FieldError(pointer(prefix, error), error.getMessage()));
        }
    }

    /**
     * Says which numbers the validator could not compare with a bound: it asks for integers of 64 bits, and throws at others such as
     * 1e38. At least one is told.
     */
    private static void beyondRange(JsonNode value, String pointer, CappedErrors errors) {
        if (value.isNumber() && !value.canConvertToLong()) {
            errors.add(new FieldError(pointer, "must be within the range of 64 bits"));
        }
        value.propertyStream()
                .forEach(property -> beyondRange(
                        property.getValue(), pointer + "/" + JsonPointers.escaped(property.getKey()), errors));
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                beyondRange(value.get(i), pointer + "/" + i, errors);
            }
        }
    }

    private static String pointer(String prefix, Error error) {
        String property = error.getProperty();
        String at = prefix + error.getInstanceLocation();
        return property == null ? at : at + "/" + JsonPointers.escaped(property);
    }

    /** Errors that were found; one too many ends the check. */
    private static final class Found extends ArrayList<Error> {
        private static final long serialVersionUID = 1;
        private final int room;

        private Found(int room) {
            super(0);
            this.room = room;
        }

        @Override
        public boolean add(Error error) {
            if (size() >= room) {
                throw new Enough(this);
            }
            return super.add(error);
        }
    }

    /** Ends a check that found more than is told. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient List<Error> found;

        private Enough(List<Error> found) {
            super("enough", null, false, false);
            this.found = found;
        }
    }
}
