package io.weir.ledger;

import io.weir.schemas.FieldMapping;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A tenant's meters.
 *
 * @param versions every version of each, the newest first
 * @param newestByType those that count now, by event type
 * @param mappings where versions of schemas have what meters read, of those versions that renamed anything
 * @param newestMapped those that count now, by a version that renamed anything
 */
record Catalog(
        List<Meter> versions,
        Map<String, List<Meter>> newestByType,
        Map<Schema, FieldMapping> mappings,
        Map<Schema, List<Meter>> newestMapped) {
    /** A version of an event type's schema. */
    record Schema(String eventType, int version) {}

    static Catalog of(List<Meter> versions, Map<Schema, FieldMapping> mappings) {
        Map<String, List<Meter>> newest =
                newest(versions, Long.MAX_VALUE).stream().collect(Collectors.groupingBy(Meter::eventType));
        Map<Schema, List<Meter>> mapped = new HashMap<>();
        mappings.forEach((schema, mapping) ->
                mapped.put(schema, through(newest.getOrDefault(schema.eventType, List.of()), mapping)));
        return new Catalog(List.copyOf(versions), newest, Map.copyOf(mappings), Map.copyOf(mapped));
    }

    /** The meters that count events of the type, as they read that version of its schema. */
    List<Meter> newest(String eventType, int schemaVersion) {
        if (!newestMapped.isEmpty()) {
            List<Meter> mapped = newestMapped.get(new Schema(eventType, schemaVersion));
            if (mapped != null) {
                return mapped;
            }
        }
        return newestByType.getOrDefault(eventType, List.of());
    }

    /** The meters that counted events of the type at that revision of the master data, as they read that version. */
    List<Meter> at(String eventType, int schemaVersion, long revision) {
        List<Meter> then = newest(versions, revision).stream()
                .filter(meter -> meter.eventType().equals(eventType))
                .toList();
        return through(then, mappings.getOrDefault(new Schema(eventType, schemaVersion), FieldMapping.NONE));
    }

    /** The version of a meter; empty where there is none. */
    Optional<Meter> version(String key, int version) {
        return versions.stream()
                .filter(meter ->
                        meter.version() == version && meter.key().value().equals(key))
                .findFirst();
    }

    /**
     * The versions of meters that have counted an event of the type, as they read that version of its schema: those that
     * were the newest when it was recorded, and later ones that have gone back to it.
     */
    List<Meter> countedBy(String eventType, int schemaVersion, long revision, Predicate<Meter> wentBack) {
        List<Meter> counted = new ArrayList<>(at(eventType, schemaVersion, revision));
        FieldMapping mapping = mappings.getOrDefault(new Schema(eventType, schemaVersion), FieldMapping.NONE);
        for (Meter meter : versions) {
            if (meter.revision() > revision && meter.eventType().equals(eventType) && wentBack.test(meter)) {
                counted.add(meter.through(mapping));
            }
        }
        return counted;
    }

    private static List<Meter> through(List<Meter> meters, FieldMapping mapping) {
        return meters.stream().map(meter -> meter.through(mapping)).toList();
    }

    private static Collection<Meter> newest(List<Meter> versions, long revision) {
        Map<String, Meter> newest = new LinkedHashMap<>();
        versions.stream()
                .filter(meter -> meter.revision() <= revision)
                .forEach(meter -> newest.putIfAbsent(meter.key().value(), meter));
        return newest.values();
    }
}
