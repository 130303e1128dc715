package io.weir.masterdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.weir.schemas.FieldError;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A schema that is called compatible accepts what the other one accepts. */
class SchemaComparisonTest {
    private static final int PAIRS = 6_000;
    private static final int DOCUMENTS = 40;
    private static final SchemaRegistry JUDGE = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'properties':{'a':{'type':'integer'}}} | {'properties':{'a':{'type':'number'}}}",
                "{'additionalProperties':false,'properties':{'a':{}}} | {'additionalProperties':false,'properties':{'a':{},'b':{'type':'string'}}}",
                "{'required':['a','b']} | {'required':['a']}",
                "{'enum':['a','b']} | {'enum':['c','b','a']}",
                "{'const':'a'} | {'enum':['a','b']}",
                "{'enum':['a','bb']} | {'type':'string','maxLength':2}",
                "{'type':'integer','minimum':1,'maximum':5} | {'type':'number','exclusiveMinimum':0,'maximum':9}",
                "{'type':'array','items':{'type':'integer'},'maxItems':3} | {'type':'array','items':{'type':'number'},'maxItems':4}",
                "{'anyOf':[{'type':'string'},{'type':'integer'}]} | {'type':['string','number','boolean']}",
                "{'type':['string','integer']} | {'anyOf':[{'type':'string'},{'type':'number'}]}",
                "{'oneOf':[{'type':'string'},{'type':'integer','maximum':3}]} | {'oneOf':[{'type':'string'},{'type':'integer','maximum':4},{'type':'null'}]}",
                "{'$defs':{'n':{'minimum':2}},'properties':{'a':{'$ref':'#/$defs/n'}}} | {'$defs':{'m':{'minimum':1}},'properties':{'a':{'$ref':'#/$defs/m'}}}",
                "{'pattern':'^a+$','type':'string'} | {'allOf':[{'pattern':'^a+$'},{'type':['string','null']}]}",
                "{'type':'object','properties':{'a':{'type':'string'}},'additionalProperties':false} | {'additionalProperties':{'type':'string'}}",
                "{'oneOf':[{'type':'object','required':['k'],'properties':{'k':{'const':'x'}}}]} | {'oneOf':[{'type':'object','required':['k'],'properties':{'k':{'const':'x'},'z':{}}},{'type':'object','required':['k'],'properties':{'k':{'const':'y'}}}]}",
                "{'type':'string','title':'a','x-weir-classification':'keep'} | {'type':'string','title':'b','x-weir-classification':'drop'}",
                "false | {'type':'string','pattern':'x'}"
            })
    void what_accepts_more_is_compatible(String last, String next) {
        assertEquals(List.of(), differences(last, next));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'properties':{'a':{'type':'number'}}} | {'properties':{'a':{'type':'integer'}}} | /properties/a/type",
                "{} | {'required':['a']} | /required",
                "{'properties':{'a':{}}} | {'properties':{'a':{}},'additionalProperties':false} | /additionalProperties",
                "{'additionalProperties':false,'properties':{'a':{},'b':{}}} | {'additionalProperties':false,'properties':{'a':{}}} | /additionalProperties",
                "{'properties':{'a/b':{'maxLength':5}}} | {'properties':{'a/b':{'maxLength':4}}} | /properties/a~1b/maxLength",
                "{'enum':['a','b']} | {'enum':['a']} | /enum",
                "{} | {'properties':{'a':{'pattern':'x'}}} | /properties/a/pattern",
                "{'format':'date'} | {'format':'date-time'} | /format",
                "{'anyOf':[{'type':'string'},{'type':'integer'}]} | {'type':'string'} | /type",
                "{'type':'integer'} | {'not':{'const':3}} | /not",
                "{'items':{'type':'string'}} | {'items':{'type':'string'},'minItems':1} | /minItems",
                "{'patternProperties':{'^a':{'type':'string'}}} | {'patternProperties':{'^a':{'type':'integer'}}} | /patternProperties/^a",
                "{} | false | ``",
                "{'dependentRequired':{'b':['a']}} | {'dependentSchemas':{'a':{'patternProperties':{'b':{'type':'string'}}}}} | /dependentSchemas/a/patternProperties/b",
                "{'oneOf':[{'type':'string'},{'maxLength':3}]} | {'oneOf':[{'type':'string'},{'minLength':3}]} | /oneOf"
            })
    void what_may_accept_less_is_told_with_its_place(String last, String next, String pointer) {
        List<String> pointers =
                differences(last, next).stream().map(FieldError::pointer).toList();
        assertTrue(pointers.contains(pointer), pointers::toString);
    }

    @Test
    void everything_that_differs_is_told() {
        assertEquals(
                List.of("/properties/a/type", "/properties/b/minimum", "/required"),
                differences(
                                "{'properties':{'a':{},'b':{}}}",
                                "{'properties':{'a':{'type':'string'},'b':{'minimum':1}},'required':['c']}")
                        .stream()
                        .map(FieldError::pointer)
                        .sorted()
                        .toList());
    }

    @Test
    void what_is_called_compatible_accepts_every_document_that_the_other_accepts() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        int compatible = 0;
        int accepted = 0;
        for (int i = 0; i < PAIRS; i++) {
            JsonNode last = schema(random, 3);
            JsonNode next = random.nextInt(4) == 0 ? schema(random, 3) : changed(random, last);
            if (!SchemaComparison.differences(written(last), written(next)).isEmpty()) {
                continue;
            }
            compatible++;
            Schema old = JUDGE.getSchema(last);
            Schema now = JUDGE.getSchema(next);
            for (int d = 0; d < DOCUMENTS; d++) {
                JsonNode document = document(random, 3);
                if (old.validate(document).isEmpty()) {
                    accepted++;
                    assertEquals(
                            List.of(),
                            now.validate(document),
                            () -> "seed " + seed + ": " + last + " accepts " + document + ", and not " + next);
                }
            }
        }
        int pairs = compatible;
        assertTrue(compatible > PAIRS / 20, () -> "seed " + seed + ": only " + pairs + " pairs were compatible");
        assertTrue(accepted > PAIRS / 10, "seed " + seed + ": only " + accepted + " documents were accepted");
    }

    /** A canary: schemas that are not compatible must be found out by the same documents. */
    @Test
    void documents_tell_schemas_apart_that_are_not_compatible() {
        Random random = new Random(7);
        boolean apart = false;
        for (int i = 0; i < 2_000 && !apart; i++) {
            JsonNode last = schema(random, 3);
            JsonNode next = changed(random, last);
            JsonNode document = document(random, 3);
            apart = JUDGE.getSchema(last).validate(document).isEmpty()
                    && !JUDGE.getSchema(next).validate(document).isEmpty();
        }
        assertTrue(apart);
    }

    @Test
    void schemas_that_are_too_much_to_compare_are_not_called_compatible() {
        ObjectNode wide = Json.object();
        ArrayNode branches = wide.putArray("anyOf");
        for (int i = 0; i < 300; i++) {
            branches.addObject().put("minimum", i).put("maxLength", i);
        }
        ObjectNode next = Json.object();
        ArrayNode others = next.putArray("anyOf");
        for (int i = 0; i < 300; i++) {
            others.addObject().put("minimum", i + 1).put("maxLength", i);
        }
        assertFalse(SchemaComparison.differences(wide, next).isEmpty());
    }

    private static JsonNode written(JsonNode schema) {
        try {
            return InlinedSchema.of(schema, 10_000);
        } catch (InlinedSchema.Unusable e) {
            throw new AssertionError(e);
        }
    }

    private static List<FieldError> differences(String last, String next) {
        return SchemaComparison.differences(
                written(Json.tree(last.replace('\'', '"'))), written(Json.tree(next.replace('\'', '"'))));
    }

    private static final String[] NAMES = {"a", "b", "ab"};
    private static final String[] TYPES = {"string", "integer", "number", "boolean", "null", "object", "array"};

    private static JsonNode schema(Random random, int depth) {
        if (random.nextInt(14) == 0) {
            return Json.tree(random.nextInt(4) == 0 ? "false" : "true");
        }
        ObjectNode schema = Json.object();
        int keywords = 1 + random.nextInt(3);
        for (int i = 0; i < keywords; i++) {
            keyword(random, depth, schema);
        }
        return schema;
    }

    /** The same schema, loosened or tightened somewhere. */
    private static JsonNode changed(Random random, JsonNode schema) {
        if (!schema.isObject() || schema.isEmpty()) {
            return schema(random, 1);
        }
        ObjectNode copy = ((ObjectNode) schema).deepCopy();
        List<String> names = new ArrayList<>(copy.propertyNames());
        String name = names.get(random.nextInt(names.size()));
        JsonNode value = copy.get(name);
        switch (random.nextInt(4)) {
            case 0 -> copy.remove(name);
            case 1 -> keyword(random, 1, copy);
            default -> {
                if (value.isNumber() && !name.equals("const")) {
                    copy.put(name, value.intValue() + 1);
                } else if (value.isArray()
                        && !value.isEmpty()
                        && !name.equals("enum")
                        && value.get(0).isObject()) {
                    ((ArrayNode) value).set(0, changed(random, value.get(0)));
                } else if (name.equals("properties")) {
                    for (String member : List.copyOf(value.propertyNames())) {
                        ((ObjectNode) value).set(member, changed(random, value.get(member)));
                    }
                } else if (value.isObject() && !name.equals("const") && !name.equals("dependentRequired")) {
                    copy.set(
                            name,
                            name.equals("patternProperties") || name.equals("dependentSchemas")
                                    ? value
                                    : changed(random, value));
                }
            }
        }
        return copy;
    }

    private static void keyword(Random random, int depth, ObjectNode schema) {
        int small = random.nextInt(4);
        switch (random.nextInt(depth > 0 ? 26 : 14)) {
            case 0, 1 -> schema.put("type", TYPES[random.nextInt(TYPES.length)]);
            case 2 -> schema.putArray("type").add("object").add(TYPES[random.nextInt(5)]);
            case 3 -> schema.put("minimum", small);
            case 4 -> schema.put("maximum", small);
            case 5 -> schema.put(random.nextBoolean() ? "exclusiveMinimum" : "exclusiveMaximum", small);
            case 6 -> schema.put("multipleOf", 1 + small);
            case 7 -> schema.put("minLength", small);
            case 8 -> schema.put("maxLength", small);
            case 9 -> schema.put("pattern", random.nextBoolean() ? "^a" : "b");
            case 10 -> {
                ArrayNode values = schema.putArray("enum");
                for (int i = 0; i <= small; i++) {
                    values.add(document(random, 1));
                }
            }
            case 11 -> schema.set("const", document(random, 1));
            case 12 -> schema.put(random.nextBoolean() ? "minItems" : "maxItems", small);
            case 13 -> schema.put(random.nextBoolean() ? "minProperties" : "maxProperties", small);
            case 14, 15, 16 -> schema.putObject("properties").set(name(random), schema(random, depth - 1));
            case 17 -> schema.putArray("required").add(name(random));
            case 18 -> schema.set("additionalProperties", schema(random, depth - 1));
            case 19 ->
                schema.putObject("patternProperties").set(random.nextBoolean() ? "^a" : "b", schema(random, depth - 1));
            case 20 -> schema.set("items", schema(random, depth - 1));
            case 21 -> schema.putArray("prefixItems").add(schema(random, depth - 1));
            case 22 ->
                schema.putArray(random.nextBoolean() ? "anyOf" : "oneOf")
                        .add(schema(random, depth - 1))
                        .add(schema(random, depth - 1));
            case 23 -> schema.putArray("allOf").add(schema(random, depth - 1)).add(schema(random, depth - 1));
            case 24 -> schema.set(random.nextBoolean() ? "not" : "contains", schema(random, depth - 1));
            default -> others(random, depth, schema);
        }
    }

    private static void others(Random random, int depth, ObjectNode schema) {
        switch (random.nextInt(5)) {
            case 0 -> {
                schema.set("if", schema(random, depth - 1));
                schema.set(random.nextBoolean() ? "then" : "else", schema(random, depth - 1));
            }
            case 1 ->
                schema.putObject("dependentRequired").putArray(name(random)).add(name(random));
            case 2 -> schema.putObject("dependentSchemas").set(name(random), schema(random, depth - 1));
            case 3 -> schema.set("propertyNames", schema(random, 0));
            // Not uniqueItems: the judge holds an object's values to it as well, which only arrays are to be held to.
            default -> schema.put("unevaluatedProperties", random.nextBoolean());
        }
    }

    private static String name(Random random) {
        return NAMES[random.nextInt(NAMES.length)];
    }

    private static JsonNode document(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 5)) {
            case 0 -> Json.tree(Integer.toString(random.nextInt(6) - 1));
            case 1 -> Json.tree(random.nextInt(4) + (random.nextBoolean() ? ".5" : ".0"));
            case 2 -> Json.tree(random.nextBoolean() ? "true" : "null");
            case 3, 4 -> Json.tree("\"" + "abab".substring(random.nextInt(4)) + "\"");
            case 5 -> {
                ArrayNode list = Json.object().arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(document(random, depth - 1));
                }
                yield list;
            }
            default -> {
                ObjectNode object = Json.object();
                for (int i = random.nextInt(4); i > 0; i--) {
                    object.set(name(random), document(random, depth - 1));
                }
                yield object;
            }
        };
    }
}
