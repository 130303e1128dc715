package io.weir.exceptions;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An exception with what it is about.
 *
 * @param resolvedAt when it was resolved, and {@code resolution} how; null while it is open
 * @param payload the event as it was accepted, or the manifest of the posting; bytes that are no UTF-8 are replaced
 */
public record ExceptionDetail(
        @JsonUnwrapped ExceptionItem item,
        @Nullable Instant resolvedAt,
        @Nullable String resolution,
        String payload) {}
