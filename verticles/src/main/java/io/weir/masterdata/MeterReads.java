package io.weir.masterdata;

import io.weir.schemas.Aggregation;
import io.weir.schemas.Commands;
import io.weir.schemas.FieldError;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.JsonPointers;
import io.weir.schemas.MeterFilter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Whether a version of a schema has what meters read of its events: under the meter's own pointer, or under the one that the
 * version maps it to. Only what the schema lists counts, and a sum needs a number: so a field that was renamed is found out
 * when the version is registered, and not by a meter that reads nothing.
 */
final class MeterReads {
    private static final String DATA = "/data/";
    private static final List<String> IN_PLACE = List.of("allOf", "anyOf", "oneOf");
    private static final List<String> CONDITIONAL = List.of("then", "else");
    private static final Set<Facts.Kind> NUMERIC = EnumSet.of(Facts.Kind.INTEGER, Facts.Kind.FRACTION, Facts.Kind.NULL);

    private final JsonNode schema;
    private final Map<String, String> mappings;
    private final List<FieldError> errors = new ArrayList<>();

    private MeterReads(JsonNode schema, Map<String, String> mappings) {
        this.schema = schema;
        this.mappings = mappings;
    }

    /** What of a schema lies under a pointer, and how it is classified on the way there. */
    private record Place(List<JsonNode> schemas, boolean dropped, boolean hashed) {
        boolean numeric() {
            List<Set<Facts.Kind>> stated = schemas.stream()
                    .map(one -> Facts.of(one).kinds())
                    .filter(kinds -> kinds.size() < Facts.Kind.values().length)
                    .toList();
            return !stated.isEmpty() && stated.stream().allMatch(NUMERIC::containsAll);
        }
    }

    /**
     * What meters could not read.
     *
     * @param schema of the version, written out
     * @param mappings from what meters read to what this version has
     */
    static List<FieldError> unreadable(
            JsonNode schema, Map<String, String> mappings, List<Revised<Catalog.Meter>> meters) {
        MeterReads reads = new MeterReads(schema, mappings);
        meters.forEach(reads::meter);
        return reads.errors;
    }

    /** What is wrong with mappings as such. */
    static List<FieldError> wrong(JsonNode schema, Map<String, String> mappings) {
        MeterReads reads = new MeterReads(schema, Map.of());
        mappings.forEach((from, to) -> {
            String at = "/mappings/" + JsonPointers.escaped(from);
            if (!below(from) || !below(to)) {
                reads.errors.add(new FieldError(at, "must lead from a pointer below /data to another"));
            } else if (reads.place(to).schemas.isEmpty()) {
                reads.errors.add(new FieldError(at, to + " is not in the schema"));
            }
        });
        return reads.errors;
    }

    /** Whether it is a pointer to something in an event's data. */
    static boolean below(String pointer) {
        return pointer.startsWith(DATA) && pointer.length() > DATA.length();
    }

    /**
     * What is wrong with a meter's definition, by JSON Pointer into it.
     *
     * @param schema of the newest version of its type, written out
     * @param mappings from what meters read to what that version has
     */
    static List<FieldError> wrong(JsonNode schema, FieldMapping mappings, Commands.Meter meter, MeterFilter filter) {
        MeterReads reads = new MeterReads(schema, mappings.to());
        String value = meter.value();
        Aggregation.of(meter.aggregation())
                .filter(Aggregation::reads)
                .ifPresent(aggregation -> reads.defined("/value", String.valueOf(value), aggregation.numeric()));
        List<String> dimensions = Objects.requireNonNullElse(meter.dimensions(), List.of());
        for (int i = 0; i < dimensions.size(); i++) {
            reads.defined("/dimensions/" + i, FieldMapping.pointer(dimensions.get(i)), false);
        }
        filter.terms()
                .forEach(term ->
                        reads.defined("/filter/" + JsonPointers.escaped(term.name()), term.pointer(), term.numeric()));
        return reads.errors;
    }

    private void defined(String at, String pointer, boolean number) {
        if (!below(pointer)) {
            errors.add(new FieldError(at, "must be a JSON Pointer below /data"));
        } else {
            why(pointer, number).ifPresent(why -> errors.add(new FieldError(at, pointer + " " + why)));
        }
    }

    private void meter(Revised<Catalog.Meter> named) {
        Catalog.Meter meter = named.content();
        String value = meter.value();
        if (value != null) {
            boolean number = Aggregation.of(meter.aggregation())
                    .map(Aggregation::numeric)
                    .orElse(true);
            read(named.id(), value, number, "its value");
        }
        meter.dimensions().forEach(name -> read(named.id(), FieldMapping.pointer(name), false, "its dimension"));
        JsonNode filter = meter.filter();
        if (filter != null) {
            MeterFilter.of(filter, new ArrayList<>())
                    .terms()
                    .forEach(term -> read(named.id(), term.pointer(), term.numeric(), "its filter"));
        }
    }

    private void read(String meter, String pointer, boolean number, String what) {
        String target = mappings.getOrDefault(pointer, pointer);
        String mapped = target.equals(pointer) ? "" : ", mapped to " + target;
        why(pointer, number)
                .ifPresent(why -> errors.add(new FieldError(
                        pointer, "meter " + meter + " reads " + what + " there" + mapped + ": it " + why)));
    }

    /** Why it cannot be read; empty where it can. */
    private Optional<String> why(String pointer, boolean number) {
        Place place = place(mappings.getOrDefault(pointer, pointer));
        if (place.schemas.isEmpty()) {
            return Optional.of("is not in the schema; a version that has it elsewhere maps it there");
        }
        if (place.dropped || place.hashed && number) {
            return Optional.of("is classified, and would not be stored");
        }
        return number && !place.numeric() ? Optional.of("is not said to be a number by the schema") : Optional.empty();
    }

    private Place place(String pointer) {
        List<JsonNode> schemas = List.of(schema);
        boolean dropped = false;
        boolean hashed = false;
        for (String step : JsonPointers.steps(pointer.substring(DATA.length() - 1))) {
            List<JsonNode> next = new ArrayList<>();
            schemas.forEach(one -> step(one, step, next));
            for (JsonNode one : next) {
                List<JsonNode> all = new ArrayList<>();
                applying(one, all);
                dropped |= all.stream().anyMatch(each -> classified(each, "drop"));
                hashed |= all.stream().anyMatch(each -> classified(each, "hash"));
            }
            schemas = next;
        }
        List<JsonNode> all = new ArrayList<>();
        schemas.forEach(one -> applying(one, all));
        return new Place(List.copyOf(all), dropped, hashed);
    }

    private static boolean classified(JsonNode schema, String how) {
        return schema.path(InlinedSchema.CLASSIFICATION).asString("").equals(how);
    }

    private static void step(JsonNode schema, String step, List<JsonNode> next) {
        List<JsonNode> all = new ArrayList<>();
        applying(schema, all);
        for (JsonNode one : all) {
            JsonNode member = one.path("properties").get(step);
            if (member != null) {
                next.add(member);
            }
            if (step.matches("\\d{1,6}")) {
                JsonNode item = one.path("prefixItems").get(Integer.parseInt(step));
                JsonNode any = item == null ? one.get("items") : item;
                if (any != null) {
                    next.add(any);
                }
            }
        }
        next.removeIf(one -> one.isBoolean() && !one.booleanValue());
    }

    /** A schema, and those that may apply to the same value with it. */
    private static void applying(JsonNode schema, List<JsonNode> all) {
        all.add(schema);
        IN_PLACE.forEach(keyword -> schema.path(keyword).forEach(branch -> applying(branch, all)));
        CONDITIONAL.forEach(keyword -> {
            if (schema.has(keyword)) {
                applying(schema.get(keyword), all);
            }
        });
        schema.path("dependentSchemas").forEach(branch -> applying(branch, all));
    }
}
