package io.weir.gateway;

import io.weir.schemas.Json;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Values that a JSON Schema of the OpenAPI document allows, or nearly: what a pattern asks is not always met. */
final class FromSchema {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEPEST = 6;

    private final Contract contract;
    private final Random random;

    FromSchema(Contract contract, Random random) {
        this.contract = contract;
        this.random = random;
    }

    JsonNode value(JsonNode schema) {
        return value(schema, 0);
    }

    private JsonNode value(JsonNode given, int depth) {
        JsonNode schema = contract.resolved(given);
        if (schema.has("const")) {
            return schema.get("const");
        }
        if (schema.has("enum")) {
            return any(schema.get("enum"));
        }
        for (String choice : List.of("oneOf", "anyOf")) {
            if (schema.has(choice) && !schema.has("properties")) {
                return value(any(schema.get(choice)), depth);
            }
        }
        if (schema.has("example") && random.nextInt(3) == 0) {
            return schema.get("example");
        }
        return switch (type(schema)) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, depth);
            case "integer" -> NODES.numberNode(number(schema));
            case "number" -> NODES.numberNode(number(schema) + random.nextInt(100) / 100.0);
            case "boolean" -> NODES.booleanNode(random.nextBoolean());
            case "null" -> NODES.nullNode();
            default -> NODES.stringNode(text(schema));
        };
    }

    private String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isArray()) {
            return any(type).asString();
        }
        return type.isString() ? type.asString() : schema.has("properties") ? "object" : "string";
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode made = Json.object();
        List<String> required = Contract.strings(schema.path("required"));
        schema.path("properties").properties().forEach(property -> {
            if (required.contains(property.getKey()) || depth < DEEPEST && random.nextInt(3) > 0) {
                made.set(property.getKey(), value(property.getValue(), depth + 1));
            }
        });
        return made;
    }

    private ArrayNode array(JsonNode schema, int depth) {
        ArrayNode made = NODES.arrayNode();
        int size = depth >= DEEPEST ? 0 : random.nextInt(3);
        for (int i = 0; i < size; i++) {
            made.add(value(schema.path("items"), depth + 1));
        }
        return made;
    }

    private long number(JsonNode schema) {
        long least = schema.path("minimum").asLong(-5);
        long most = Math.max(least, schema.path("maximum").asLong(least + 1_000));
        return least + random.nextLong(Math.min(most - least, 1_000_000) + 1);
    }

    private String text(JsonNode schema) {
        if (schema.path("format").asString("").equals("date-time")) {
            return "2026-11-" + (10 + random.nextInt(20)) + "T" + (10 + random.nextInt(10)) + ":00:00Z";
        }
        return switch (random.nextInt(6)) {
            case 0 -> "cust-00" + random.nextInt(10);
            case 1 -> Integer.toString(random.nextInt(100));
            case 2 -> "sub-00" + random.nextInt(10);
            case 3 -> "llm_tokens";
            case 4 -> "a".repeat(1 + random.nextInt(40));
            default -> "x-" + Integer.toHexString(random.nextInt(1 << 16));
        };
    }

    private JsonNode any(JsonNode array) {
        return array.get(random.nextInt(array.size()));
    }
}
