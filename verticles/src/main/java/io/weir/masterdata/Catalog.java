package io.weir.masterdata;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.weir.schemas.BackfillState;
import io.weir.schemas.Deprecation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The catalog as the API gives it: what an organisation sells, and how it is measured and priced. */
public final class Catalog {
    private Catalog() {}

    /** What a plan says of one feature; {@code allowance} is a calendar month's, null where unlimited or not metered. */
    public record PlanFeature(
            String feature,
            boolean enabled,
            boolean unlimited,
            @Nullable BigDecimal allowance,
            String overage,
            @Nullable JsonNode config) {}

    /** What a customer can subscribe to. */
    public record Plan(String name, List<PlanFeature> features) {}

    /** What an entitlement is about: boolean, static or metered; {@code meter} for metered alone. */
    public record Feature(String kind, @Nullable String meter) {}

    /**
     * How events of a type become a quantity.
     *
     * @param version rises with each changed definition
     * @param value JSON Pointer into the event; null for count
     * @param percentile a number, for the aggregation of that name alone
     * @param filter which events count; null for all of the type
     * @param owner who answers for it
     * @param backfill how far it has counted what was recorded before it was there
     */
    public record Meter(
            int version,
            String eventType,
            String aggregation,
            @Nullable String value,
            @Nullable JsonNode percentile,
            List<String> dimensions,
            @Nullable JsonNode filter,
            String unit,
            @Nullable String owner,
            @Nullable String purpose,
            @Nullable BackfillState backfill) {
        /** As it is defined, without how far it has counted. */
        Meter defined() {
            return new Meter(
                    version, eventType, aggregation, value, percentile, dimensions, filter, unit, owner, purpose, null);
        }
    }

    /** One version of a price; {@code effectiveFrom} null for ever since. */
    public record Price(
            int version,
            String plan,
            String meter,
            String model,
            BigDecimal unitPrice,
            String currency,
            @Nullable Instant effectiveFrom) {}

    /**
     * An event type with the versions of its schema, oldest first.
     *
     * @param compatibility how a new version may differ from the last one: backward, forward, full or none
     * @param revision that said so; 0 where nobody did
     */
    public record EventType(String type, List<Integer> versions, String compatibility, long revision) {}

    /**
     * A version of an event type's JSON Schema.
     *
     * @param current whether it counts for an event that names no version
     * @param mappings from the JSON Pointer that meters read to the one in events of this version
     * @param deprecation that it ends; null where it does not
     * @param schema its text; null in lists
     */
    public record SchemaVersion(
            int version,
            boolean current,
            Map<String, String> mappings,
            @Nullable Deprecation deprecation,
            long revision,
            @JsonIgnore @Nullable String schema) {}
}
