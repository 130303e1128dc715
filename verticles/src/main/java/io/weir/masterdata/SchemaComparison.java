package io.weir.masterdata;

import static io.weir.schemas.JsonPointers.escaped;

import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/**
 * Whether a schema accepts everything that another one accepts. Sound, not complete: what it calls compatible is; what it
 * cannot show to be is a difference. So each keyword of the one schema must be ensured by what the other says of the same
 * value. Both are schemas that were written out, so that it ends; and it gives up beyond a number of steps.
 */
final class SchemaComparison {
    private static final int MOST_STEPS = 5_000;
    private static final int MOST_TOLD = 50;
    private static final int LONGEST = 60;

    private static final Set<Facts.Kind> NUMBERS = EnumSet.of(Facts.Kind.INTEGER, Facts.Kind.FRACTION);
    private static final Set<Facts.Kind> STRINGS = EnumSet.of(Facts.Kind.STRING);
    private static final Set<Facts.Kind> ARRAYS = EnumSet.of(Facts.Kind.ARRAY);
    private static final Set<Facts.Kind> OBJECTS = EnumSet.of(Facts.Kind.OBJECT);

    /** Which values a keyword says something of; one that is not here speaks of all. */
    private static final Map<String, Set<Facts.Kind>> OF = Map.ofEntries(
            Map.entry("minimum", NUMBERS),
            Map.entry("exclusiveMinimum", NUMBERS),
            Map.entry("maximum", NUMBERS),
            Map.entry("exclusiveMaximum", NUMBERS),
            Map.entry("multipleOf", NUMBERS),
            Map.entry("minLength", STRINGS),
            Map.entry("maxLength", STRINGS),
            Map.entry("pattern", STRINGS),
            Map.entry("format", STRINGS),
            Map.entry("minItems", ARRAYS),
            Map.entry("maxItems", ARRAYS),
            Map.entry("uniqueItems", ARRAYS),
            Map.entry("contains", ARRAYS),
            Map.entry("prefixItems", ARRAYS),
            Map.entry("items", ARRAYS),
            Map.entry("unevaluatedItems", ARRAYS),
            Map.entry("required", OBJECTS),
            Map.entry("minProperties", OBJECTS),
            Map.entry("maxProperties", OBJECTS),
            Map.entry("properties", OBJECTS),
            Map.entry("patternProperties", OBJECTS),
            Map.entry("additionalProperties", OBJECTS),
            Map.entry("unevaluatedProperties", OBJECTS),
            Map.entry("propertyNames", OBJECTS),
            Map.entry("dependentRequired", OBJECTS),
            Map.entry("dependentSchemas", OBJECTS));

    private int steps;

    private SchemaComparison() {}

    /**
     * Where a schema may refuse what another accepts; nothing where it surely does not.
     *
     * @param accepting the schema whose values must be accepted, written out
     * @param schema the schema that must accept them, written out; the pointers lead into it
     */
    static List<FieldError> differences(JsonNode accepting, JsonNode schema) {
        List<FieldError> found = new SchemaComparison().compare(Facts.of(accepting), schema, "");
        return found.size() <= MOST_TOLD ? found : found.subList(0, MOST_TOLD);
    }

    /** Whether everything known so is accepted. */
    boolean accepts(Facts known, JsonNode schema) {
        return compare(known, schema, "").isEmpty();
    }

    List<FieldError> compare(Facts known, JsonNode schema, String at) {
        if (++steps > MOST_STEPS) {
            return List.of(new FieldError(at, "cannot be shown compatible: there is too much to compare"));
        }
        if (known.never()
                || schema.isBoolean() && schema.booleanValue()
                || known.faces().contains(schema)) {
            return List.of();
        }
        if (!schema.isObject()) {
            return List.of(new FieldError(at, "refuses what the other version accepts"));
        }
        List<FieldError> found = new ArrayList<>();
        Set<Facts.Kind> kinds = known.kinds();
        schema.properties().forEach(keyword -> {
            Set<Facts.Kind> concerned = OF.get(keyword.getKey());
            if (concerned == null || concerned.stream().anyMatch(kinds::contains)) {
                keyword(keyword.getKey(), keyword.getValue(), schema, known, at, found);
            }
        });
        return found.isEmpty() || byCases(known, schema) ? List.of() : found;
    }

    /** Whether it can be shown case by case: of alternatives, of listed values, of kinds of value. */
    private boolean byCases(Facts known, JsonNode schema) {
        List<Facts> alternatives = known.alternatives();
        if (!alternatives.isEmpty() && all(alternatives, schema)) {
            return true;
        }
        if (known.values().isPresent() && known.constant().isEmpty()) {
            return all(known.values().get().stream().map(known::being).toList(), schema);
        }
        if (known.constantIsBare()) {
            return accepts(known.being(known.constant().orElseThrow()), schema);
        }
        boolean cases = schema.has("anyOf") || schema.has("oneOf") || schema.has("not") || schema.has("if");
        Set<Facts.Kind> kinds = known.kinds();
        if (!cases || kinds.size() < 2 || NUMBERS.containsAll(kinds)) {
            return false;
        }
        List<Facts> each = new ArrayList<>();
        for (String type : List.of("null", "boolean", "object", "array", "string", "number")) {
            each.add(known.and(Json.object().put("type", type)));
        }
        return all(each, schema);
    }

    private boolean all(List<Facts> cases, JsonNode schema) {
        return steps <= MOST_STEPS && cases.stream().allMatch(one -> accepts(one, schema));
    }

    private void keyword(
            String keyword, JsonNode said, JsonNode schema, Facts known, String at, List<FieldError> found) {
        String here = at + "/" + escaped(keyword);
        switch (keyword) {
            case "type" -> ensured(Facts.kinds(said).containsAll(known.kinds()), here, said, found);
            case "const" -> ensured(known.says(keyword, said), here, said, found);
            case "enum" -> ensured(listed(known, said), here, said, found);
            case "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf" ->
                ensured(NumberRules.ensured(known, keyword, said.decimalValue()), here, said, found);
            case "minLength", "minItems", "minProperties" ->
                ensured(atLeast(known, keyword, said.decimalValue()), here, said, found);
            case "maxLength", "maxItems", "maxProperties" ->
                ensured(atMost(known, keyword, said.decimalValue()), here, said, found);
            case "pattern", "format", "not", "unevaluatedItems", "unevaluatedProperties" ->
                ensured(unchanged(known, keyword, said), here, said, found);
            case "uniqueItems" -> ensured(!said.asBoolean() || known.says(keyword, said), here, said, found);
            default -> schemas(keyword, said, schema, known, at, found);
        }
    }

    /** Keywords that hold schemas. */
    private void schemas(
            String keyword, JsonNode said, JsonNode schema, Facts known, String at, List<FieldError> found) {
        String here = at + "/" + escaped(keyword);
        switch (keyword) {
            case "contains" -> ensured(contains(known, schema), here, said, found);
            case "prefixItems" -> places(said, known::item, here, found);
            case "items" -> items(said, schema.path("prefixItems").size(), known, here, found);
            case "allOf" -> places(said, any -> known, here, found);
            case "anyOf" -> ensured(one(known, said), here, said, found);
            case "oneOf" ->
                ensured(known.says(keyword, said) || Disjoint.all(said) && one(known, said), here, said, found);
            case "if" -> {
                found.addAll(compare(known, schema.path("then"), at + "/then"));
                found.addAll(compare(known, schema.path("else"), at + "/else"));
            }
            default -> new MemberRules(this, known, schema).keyword(keyword, said, here, found);
        }
    }

    private void places(JsonNode schemas, IntFunction<Facts> known, String at, List<FieldError> found) {
        for (int i = 0; i < schemas.size(); i++) {
            found.addAll(compare(known.apply(i), schemas.get(i), at + "/" + i));
        }
    }

    private boolean one(Facts known, JsonNode schemas) {
        return schemas.valueStream().anyMatch(schema -> accepts(known, schema));
    }

    private static boolean contains(Facts known, JsonNode schema) {
        return known.faces().stream().anyMatch(face -> sameContains(face, schema));
    }

    private static boolean atMost(Facts known, String keyword, BigDecimal most) {
        return known.numbers(keyword).anyMatch(given -> given.compareTo(most) <= 0);
    }

    static void ensured(boolean shown, String at, JsonNode said, List<FieldError> found) {
        if (!shown) {
            String text = said.toString();
            found.add(new FieldError(
                    at,
                    "cannot be shown compatible: the other version does not ensure "
                            + (text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text)));
        }
    }

    private static boolean listed(Facts known, JsonNode values) {
        return known.constant()
                .map(value -> values.valueStream().anyMatch(value::equals))
                .orElseGet(() -> known.says("enum", values));
    }

    private static boolean atLeast(Facts known, String keyword, BigDecimal least) {
        return least.signum() <= 0
                || known.numbers(keyword).anyMatch(given -> given.compareTo(least) >= 0)
                || keyword.equals("minProperties")
                        && known.all("required")
                                .anyMatch(names -> BigDecimal.valueOf(names.valueStream()
                                                        .distinct()
                                                        .count())
                                                .compareTo(least)
                                        >= 0);
    }

    private static boolean unchanged(Facts known, String keyword, JsonNode said) {
        if (keyword.equals("not")) {
            Set<Facts.Kind> both = Facts.of(said).kinds();
            both.retainAll(known.kinds());
            return both.isEmpty() || known.says(keyword, said);
        }
        if (keyword.startsWith("unevaluated")) {
            return said.isBoolean() && said.booleanValue();
        }
        return known.says(keyword, said);
    }

    private static boolean sameContains(JsonNode face, JsonNode schema) {
        return face.path("contains").equals(schema.path("contains"))
                && face.path("minContains").equals(schema.path("minContains"))
                && face.path("maxContains").equals(schema.path("maxContains"));
    }

    private void items(JsonNode said, int from, Facts known, String at, List<FieldError> found) {
        int places = Math.max(from, known.places());
        for (int i = from; i < places; i++) {
            found.addAll(compare(known.item(i), said, at));
        }
        found.addAll(compare(known.item(places), said, at));
    }
}
