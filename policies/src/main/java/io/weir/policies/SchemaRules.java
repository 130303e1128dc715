package io.weir.policies;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.FieldError;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.JsonPointers;
import io.weir.settings.WeirSettings;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a schema of an event type must be: JSON Schema 2020-12, whole in one document, bounded in size, with patterns that
 * are matched in linear time and classifications that can be kept. All that is wrong is told at once.
 */
public final class SchemaRules {
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
    /** Keywords that make a reference mean something else than a place in the document. */
    private static final Set<String> NOT_TAKEN =
            Set.of("$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary");

    private static final List<String> TREATMENTS = List.of("keep", "hash", "drop");
    private static final int MOST_ERRORS = 100;

    private final WeirSettings.Schemas limits;
    private final Schema meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of(DIALECT));

    public SchemaRules(WeirSettings.Schemas limits) {
        this.limits = limits;
    }

    /** The largest body that a schema may be. */
    int maxBytes() {
        return limits.maxBytes();
    }

    /** What is wrong with a schema; nothing where it can be registered. */
    List<FieldError> wrong(JsonNode schema) {
        CappedErrors errors = new CappedErrors(MOST_ERRORS);
        if (!schema.isObject()) {
            errors.add(new FieldError("", "must be a JSON object"));
            return errors.told();
        }
        JsonNode dialect = schema.path("$schema");
        if (!dialect.isMissingNode()
                && !dialect.asString("").replaceAll("#$", "").equals(DIALECT)) {
            errors.add(new FieldError("/$schema", "must be " + DIALECT));
            return errors.told();
        }
        JsonSchemas.check(meta, schema, "", errors);
        if (errors.isEmpty()) {
            eachSchema(schema, "", errors);
        }
        if (errors.isEmpty()) {
            data(schema, errors);
        }
        if (errors.isEmpty()) {
            compiles(schema, errors);
        }
        return errors.told();
    }

    /** The schema with its references written out. */
    JsonNode written(JsonNode schema) throws InlinedSchema.Unusable {
        return InlinedSchema.of(schema, limits.maxSubschemas());
    }

    private void eachSchema(JsonNode schema, String at, CappedErrors errors) {
        for (String keyword : schema.propertyNames()) {
            if (NOT_TAKEN.contains(keyword) || keyword.equals("$id") && !at.isEmpty()) {
                errors.add(new FieldError(
                        at + "/" + keyword, "is not taken: a schema is one document, and a $ref is # or #/..."));
            }
        }
        JsonNode pattern = schema.path("pattern");
        if (pattern.isString()) {
            pattern(pattern.stringValue(), at + "/pattern", errors);
        }
        schema.path("patternProperties")
                .propertyNames()
                .forEach(name -> pattern(name, at + "/patternProperties/" + JsonPointers.escaped(name), errors));
        JsonNode classified = schema.path(Redaction.KEYWORD);
        if (!classified.isMissingNode() && !TREATMENTS.contains(classified.asString(""))) {
            errors.add(new FieldError(at + "/" + Redaction.KEYWORD, "must be keep, hash or drop"));
        }
        InlinedSchema.children(schema, (below, child) -> eachSchema(child, at + below, errors));
    }

    private void pattern(String pattern, String at, CappedErrors errors) {
        if (pattern.length() > limits.maxPatternLength()) {
            errors.add(new FieldError(at, "a pattern may have " + limits.maxPatternLength() + " characters"));
        } else if (PatternSize.of(pattern) > limits.maxPatternSize()) {
            errors.add(new FieldError(
                    at, "with its repetitions written out it would be too large: " + limits.maxPatternSize()));
        } else {
            try {
                LinearExpression.of(pattern);
            } catch (com.google.re2j.PatternSyntaxException e) {
                errors.add(new FieldError(
                        at,
                        "cannot be matched in linear time (RE2: no look-around, no back reference): "
                                + e.getMessage()));
            }
        }
    }

    /** What the rest of Weir expects of an event's data. */
    private void data(JsonNode schema, CappedErrors errors) {
        JsonNode type = schema.path("type");
        boolean object = type.isMissingNode()
                || type.asString("").equals("object")
                || type.valueStream().anyMatch(one -> one.asString("").equals("object"));
        if (!object) {
            errors.add(new FieldError("/type", "must allow object: data is a JSON object"));
        }
        try {
            JsonNode written = written(schema);
            Redaction.Treatment whole = Redaction.treatment(written);
            if (whole != Redaction.Treatment.KEEP) {
                errors.add(new FieldError("/" + Redaction.KEYWORD, "data as a whole cannot be classified"));
            } else if (Redaction.classifies(written, "subscription")) {
                errors.add(new FieldError(
                        "/properties/subscription/" + Redaction.KEYWORD,
                        "the subscription says whose usage it is, and cannot be classified"));
            }
        } catch (InlinedSchema.Unusable e) {
            errors.add(e.error());
        }
    }

    private static void compiles(JsonNode schema, CappedErrors errors) {
        try {
            JsonSchemas.compile(schema);
        } catch (RuntimeException | StackOverflowError e) {
            errors.add(new FieldError("", "cannot be compiled"));
        }
    }
}
