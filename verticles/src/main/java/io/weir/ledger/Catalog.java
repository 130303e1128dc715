package io.weir.ledger;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A tenant's meters.
 *
 * @param versions every version of each, the newest first
 * @param newestByType those that count now, by event type
 */
record Catalog(List<Meter> versions, Map<String, List<Meter>> newestByType) {
    static Catalog of(List<Meter> versions) {
        return new Catalog(
                List.copyOf(versions),
                newest(versions, Long.MAX_VALUE).stream().collect(Collectors.groupingBy(Meter::eventType)));
    }

    /** The meters that count events of the type. */
    List<Meter> newest(String eventType) {
        return newestByType.getOrDefault(eventType, List.of());
    }

    /** The meters that counted events of the type at that revision of the master data. */
    List<Meter> at(String eventType, long revision) {
        return newest(versions, revision).stream()
                .filter(meter -> meter.eventType().equals(eventType))
                .toList();
    }

    private static Collection<Meter> newest(List<Meter> versions, long revision) {
        Map<String, Meter> newest = new LinkedHashMap<>();
        versions.stream()
                .filter(meter -> meter.revision() <= revision)
                .forEach(meter -> newest.putIfAbsent(meter.key().value(), meter));
        return newest.values();
    }
}
