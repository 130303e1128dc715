package io.weir.entitlement;

import io.weir.schemas.FeatureKey;
import io.weir.schemas.MeterKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The features of an organisation, each with a place of its own, so that a customer's answers fit in an array. */
final class Catalog {
    static final Catalog EMPTY = new Catalog(List.of());

    private final Map<FeatureKey, Feature> features = new HashMap<>();
    private final Map<String, MeterKey> meters = new HashMap<>();

    /**
     * A feature's latest revision.
     *
     * @param place from 0, within this catalog
     * @param meter of a metered feature
     */
    record Feature(FeatureKey key, Kind kind, @Nullable MeterKey meter, long revision, int place) {}

    /** What a feature is. */
    enum Kind {
        BOOLEAN("boolean"),
        STATIC("static"),
        METERED("metered");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    Catalog(List<Feature> features) {
        for (Feature feature : features) {
            this.features.put(feature.key(), feature);
            if (feature.meter() != null) {
                meters.put(feature.meter().value(), feature.meter());
            }
        }
    }

    @Nullable
    Feature feature(FeatureKey key) {
        return features.get(key);
    }

    /** The meter by its name; null where no feature is bound to it. */
    @Nullable
    MeterKey meter(String name) {
        return meters.get(name);
    }

    /** Every feature. */
    Collection<Feature> all() {
        return features.values();
    }

    int size() {
        return features.size();
    }
}
