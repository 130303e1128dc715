package io.weir.entitlement;

import io.weir.schemas.FeatureKey;
import io.weir.schemas.MeterKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The features of an organisation, each with a place of its own, so that a customer's answers fit in an array. */
final class Catalog {
    private final Map<FeatureKey, Feature> features = new HashMap<>();

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
        }
    }

    @Nullable
    Feature feature(FeatureKey key) {
        return features.get(key);
    }

    int size() {
        return features.size();
    }
}
