package io.weir.rating;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All price versions of an organisation, and which one is in force. */
final class Prices {
    private static final Comparator<Version> GREATEST_FIRST =
            Comparator.comparingInt(Version::version).reversed().thenComparing(Version::price);

    private final Map<Scope, List<Version>> versions = new HashMap<>();

    /** What a price is for. */
    record Scope(String plan, String meter, String currency) {}

    /** One version of one price. */
    record Version(String price, int version, BigDecimal unitPrice, Instant from) {}

    void add(Scope scope, Version version) {
        List<Version> all = versions.computeIfAbsent(scope, key -> new ArrayList<>());
        all.add(version);
        all.sort(GREATEST_FIRST);
    }

    /** The greatest version that is effective at the hour's start. */
    Optional<Version> inForce(Scope scope, Instant hour) {
        return versions.getOrDefault(scope, List.of()).stream()
                .filter(version -> !version.from().isAfter(hour))
                .findFirst();
    }
}
