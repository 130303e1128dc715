package io.weir.ledger;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A backfill set as the API tells it.
 *
 * @param state {@code open}, {@code closed}, {@code dropped} or {@code expired}
 * @param events how many are in it; of one that was dropped or expired, how many were
 * @param revision rises with each load: its ETag
 * @param outcomes what became of its events, once it is closed
 */
public record BackfillSet(
        String id,
        String state,
        boolean periodCorrection,
        Instant from,
        Instant to,
        @Nullable String customer,
        String reason,
        int events,
        long revision,
        List<String> loadedBy,
        String createdBy,
        Instant createdAt,
        Instant expiresAt,
        @Nullable String endedBy,
        @Nullable Instant endedAt,
        @Nullable JsonNode outcomes) {

    /**
     * An event of a set.
     *
     * @param status {@code staged}, or once the set is closed {@code recorded}, {@code duplicate} or {@code conflict}
     */
    public record Event(int line, String source, String id, Instant time, String status, String correlationId) {}
}
