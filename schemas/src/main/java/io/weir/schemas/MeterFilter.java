package io.weir.schemas;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which events of its type a meter counts: all terms must hold. A term names a member of data, or a JSON Pointer below
 * {@code /data}, and says what its value must be: a scalar, one of a list of scalars, or an object of comparisons ({@code gt},
 * {@code gte}, {@code lt}, {@code lte} with numbers, {@code not} with a scalar or a list, {@code exists} with a truth). A
 * value that is not there, or null, meets nothing but {@code exists: false}. Values of different kinds are never equal;
 * numbers compare as decimals.
 */
public record MeterFilter(List<Term> terms) {
    /** Every event counts. */
    public static final MeterFilter NONE = new MeterFilter(List.of());

    private static final int MOST_TERMS = 20;
    private static final int MOST_VALUES = 100;
    private static final int LONGEST_TEXT = 256;
    private static final Set<String> COMPARISONS = Set.of("gt", "gte", "lt", "lte");

    /** What a value must be. */
    public sealed interface Condition {}

    /** One of these scalars; or, where it is negated, none of them. */
    public record Among(List<JsonNode> values, boolean negated) implements Condition {}

    /** A number that compares so to another. */
    public record Compared(String how, BigDecimal to) implements Condition {}

    /** There, or not there. */
    public record Exists(boolean there) implements Condition {}

    /**
     * What must hold of one value.
     *
     * @param name as the filter has it
     * @param pointer JSON Pointer into the event
     */
    public record Term(String name, String pointer, List<Condition> conditions) {
        /** Whether it compares numbers. */
        public boolean numeric() {
            return conditions.stream().anyMatch(Compared.class::isInstance);
        }

        private boolean holds(JsonNode value) {
            for (Condition condition : conditions) {
                if (!holds(condition, value)) {
                    return false;
                }
            }
            return true;
        }

        private static boolean holds(Condition condition, JsonNode value) {
            boolean there = !value.isMissingNode() && !value.isNull();
            return switch (condition) {
                case Exists exists -> exists.there == there;
                case Among among ->
                    there && among.negated != among.values.stream().anyMatch(one -> equal(one, value));
                case Compared compared -> value.isNumber() && compare(compared, value.decimalValue());
            };
        }

        private static boolean equal(JsonNode one, JsonNode other) {
            return one.isNumber() && other.isNumber()
                    ? one.decimalValue().compareTo(other.decimalValue()) == 0
                    : one.equals(other);
        }

        private static boolean compare(Compared compared, BigDecimal value) {
            int order = value.compareTo(compared.to);
            return switch (compared.how) {
                case "gt" -> order > 0;
                case "gte" -> order >= 0;
                case "lt" -> order < 0;
                default -> order <= 0;
            };
        }

        /** Whether a value that is not there holds. */
        public boolean holdsAbsent() {
            return conditions.stream().allMatch(condition -> condition instanceof Exists exists && !exists.there);
        }

        /** The term as an SQL/JSON path predicate of the value. */
        public String path() {
            return String.join(
                    " && ",
                    conditions.stream()
                            .map(condition -> "(" + path(condition) + ")")
                            .toList());
        }

        private static String path(Condition condition) {
            return switch (condition) {
                case Exists exists -> "$.type() " + (exists.there ? "!=" : "==") + " \"null\"";
                case Among among ->
                    among.negated ? "$.type() != \"null\" && !(" + anyOf(among.values) + ")" : anyOf(among.values);
                case Compared compared -> typed("number", sign(compared.how) + " " + compared.to.toPlainString());
            };
        }

        private static String anyOf(List<JsonNode> values) {
            return values.isEmpty()
                    ? "1 == 0"
                    : String.join(" || ", values.stream().map(Term::equalTo).toList());
        }

        private static String equalTo(JsonNode value) {
            if (value.isString()) {
                return typed("string", "== " + CanonicalJson.string(value.stringValue()));
            }
            return value.isNumber()
                    ? typed("number", "== " + value.decimalValue().toPlainString())
                    : typed("boolean", "== " + value.booleanValue());
        }

        /** A path compares what an array holds as well: so the type is asked first. */
        private static String typed(String type, String comparison) {
            return "($.type() == \"" + type + "\" && $ " + comparison + ")";
        }

        private static String sign(String how) {
            return (how.startsWith("g") ? ">" : "<") + (how.endsWith("e") ? "=" : "");
        }
    }

    /** A filter that was checked when it was stored. */
    public static MeterFilter stored(@Nullable String json) {
        return json == null ? NONE : of(Json.tree(json), new ArrayList<>());
    }

    /**
     * A filter as the API takes it.
     *
     * @param errors takes all that is wrong, by JSON Pointer into the meter
     */
    public static MeterFilter of(JsonNode filter, List<FieldError> errors) {
        if (!filter.isObject()) {
            errors.add(new FieldError("/filter", "must be an object of what values must be"));
            return NONE;
        }
        if (filter.size() > MOST_TERMS) {
            errors.add(new FieldError("/filter", "must have at most " + MOST_TERMS + " terms"));
            return NONE;
        }
        List<Term> terms = new ArrayList<>();
        filter.properties().forEach(member -> {
            String name = member.getKey();
            String pointer = name.startsWith("/") ? name : FieldMapping.pointer(name);
            String at = "/filter/" + JsonPointers.escaped(name);
            if (name.isEmpty() || !pointer.startsWith("/data/") || pointer.length() == "/data/".length()) {
                errors.add(new FieldError(at, "must name a member of data, or be a JSON Pointer below /data"));
            } else {
                terms.add(new Term(name, pointer, conditions(at, member.getValue(), errors)));
            }
        });
        return terms.isEmpty() ? NONE : new MeterFilter(List.copyOf(terms));
    }

    private static List<Condition> conditions(String at, JsonNode given, List<FieldError> errors) {
        if (!given.isObject()) {
            return List.of(new Among(values(at, given, errors), false));
        }
        if (given.isEmpty()) {
            errors.add(new FieldError(at, "says nothing"));
        }
        List<Condition> conditions = new ArrayList<>();
        for (Map.Entry<String, JsonNode> one : given.properties()) {
            String pointer = at + "/" + JsonPointers.escaped(one.getKey());
            JsonNode value = one.getValue();
            if (COMPARISONS.contains(one.getKey()) && value.isNumber()) {
                conditions.add(new Compared(one.getKey(), value.decimalValue()));
            } else if (one.getKey().equals("not")) {
                conditions.add(new Among(values(pointer, value, errors), true));
            } else if (one.getKey().equals("exists") && value.isBoolean()) {
                conditions.add(new Exists(value.booleanValue()));
            } else {
                errors.add(
                        new FieldError(
                                pointer,
                                "must be one of gt, gte, lt, lte with a number, not with a value or list, exists with a truth"));
            }
        }
        return List.copyOf(conditions);
    }

    private static List<JsonNode> values(String at, JsonNode given, List<FieldError> errors) {
        List<JsonNode> values = new ArrayList<>();
        if (given.isArray()) {
            given.forEach(values::add);
        } else {
            values.add(given);
        }
        if (values.isEmpty() || values.size() > MOST_VALUES) {
            errors.add(new FieldError(at, "must list 1 to " + MOST_VALUES + " values"));
        }
        for (JsonNode value : values) {
            boolean scalar = value.isString() && value.stringValue().length() <= LONGEST_TEXT
                    || value.isNumber()
                    || value.isBoolean();
            if (!scalar) {
                errors.add(new FieldError(
                        at, "must be texts of at most " + LONGEST_TEXT + " characters, numbers or truths"));
            }
        }
        return List.copyOf(values);
    }

    /** Whether an event with that data counts. */
    public boolean accepts(JsonNode data, FieldMapping mapping) {
        for (Term term : terms) {
            if (!term.holds(mapping.read(data, term.pointer))) {
                return false;
            }
        }
        return true;
    }
}
