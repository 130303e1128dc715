package io.weir.exceptions;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that cannot go on without a decision.
 *
 * @param reason such as {@code unmatched_account} or {@code erp_rejected}
 * @param state {@code open} or {@code resolved}
 * @param detail in words
 * @param attempts how often it was tried
 */
public record ExceptionItem(
        String id,
        String reason,
        String state,
        Instant openedAt,
        long ageSeconds,
        String detail,
        @Nullable String source,
        @Nullable String eventId,
        @Nullable String type,
        @Nullable String subject,
        @Nullable String customer,
        @Nullable String posting,
        @Nullable String externalId,
        int attempts,
        @Nullable String correlation) {}
