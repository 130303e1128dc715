package io.weir.schemas;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That something is on its way out (RFC 9745, RFC 8594).
 *
 * @param deprecatedAt since when it should not be used any more; may lie ahead
 * @param sunsetAt from when on it is not taken any more; null where that is not decided
 * @param link where to read what to do instead; null where nothing is written
 */
public record Deprecation(
        Instant deprecatedAt,
        @Nullable Instant sunsetAt,
        @Nullable String link) {
    /** Whether it is not taken any more. */
    public boolean over(Instant now) {
        return sunsetAt != null && !now.isBefore(sunsetAt);
    }
}
