package io.weir.exceptions;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An exception with what it is about.
 *
 * @param resolvedBy who resolved it; null where it is open, or resolved itself
 * @param comment why, in words
 * @param payload the event as it was accepted, or the manifest of the posting; bytes that are no UTF-8 are replaced
 * @param history what was done to it, oldest first
 */
public record ExceptionDetail(
        @JsonUnwrapped ExceptionItem item,
        @Nullable String resolvedBy,
        @Nullable String comment,
        String payload,
        List<Step> history) {

    /** What somebody did to it; {@code before} and {@code after} as the audit trail keeps them. */
    public record Step(
            Instant at,
            String act,
            String principal,
            @Nullable JsonNode before,
            @Nullable JsonNode after) {}

    ExceptionDetail with(List<Step> steps) {
        return new ExceptionDetail(item, resolvedBy, comment, payload, steps);
    }
}
