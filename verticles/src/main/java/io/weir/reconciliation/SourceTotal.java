package io.weir.reconciliation;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a source says it sent in an hour, and what of it is recorded.
 *
 * @param state {@code pending} until the hour is over and its events are recorded, then {@code complete} or {@code incomplete}
 * @param exceptionId of the gap; null where there is none
 */
public record SourceTotal(
        String source,
        String eventType,
        Instant hour,
        long count,
        Map<String, String> sums,
        String state,
        @Nullable Long recorded,
        @Nullable Map<String, String> recordedSums,
        @Nullable String exceptionId,
        String declaredBy,
        Instant declaredAt) {}
