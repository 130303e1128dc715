package io.weir.metering;

import io.weir.schemas.BackfillState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much was used, as the API gives it.
 *
 * @param asOf up to which instant every accepted event is counted
 * @param lagMillis how long ago that was
 * @param heldEvents events of the meter's type that wait for their customer or subscription, of the whole tenant
 * @param uncountedEvents recorded events of the meter's type that no meter counts, of the whole tenant
 * @param backfill how far the meter has counted what was recorded before it; null where it has counted all of the span
 * @param rows by window, customer, subscription and dimensions; windows without usage have none
 */
public record UsageAnswer(
        String meter,
        String unit,
        Instant asOf,
        long lagMillis,
        long heldEvents,
        long uncountedEvents,
        @Nullable BackfillState backfill,
        List<Row> rows) {
    /**
     * A window's quantity.
     *
     * @param from start, inclusive; not before the question's
     * @param to end, exclusive; not after the question's
     * @param customer where it was asked for, by filter or group; the same for {@code subscription}
     * @param dimensions those grouped by; one that the events did not name is left out
     * @param value decimal as text
     */
    public record Row(
            Instant from,
            Instant to,
            @Nullable String customer,
            @Nullable String subscription,
            Map<String, String> dimensions,
            String value) {}
}
