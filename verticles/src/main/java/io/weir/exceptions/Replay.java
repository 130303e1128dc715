package io.weir.exceptions;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Exceptions that are tried again together.
 *
 * @param state {@code awaiting_approval}, {@code approved} (it runs), {@code rejected} or {@code done}
 * @param exceptions those that it is about, where they were named
 * @param preview what would change, as it was when it was asked for
 * @param progress how far it is; null before it is approved
 */
public record Replay(
        String id,
        String state,
        @Nullable List<String> exceptions,
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String reason,
        int ratePerSecond,
        @Nullable String comment,
        JsonNode preview,
        @Nullable Progress progress,
        String createdBy,
        Instant createdAt,
        @Nullable String decidedBy,
        @Nullable Instant decidedAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt) {

    /** How many exceptions it tried, and how many of them are resolved. */
    public record Progress(long tried, long resolved) {}
}
