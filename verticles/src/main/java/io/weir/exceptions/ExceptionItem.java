package io.weir.exceptions;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that cannot go on without a decision.
 *
 * @param kind {@code event}, {@code document}, {@code source-total} or {@code usage}
 * @param reason such as {@code unmatched_account} or {@code erp_rejected}
 * @param state {@code open} or {@code resolved}
 * @param resolution how it was resolved; null while it is open
 * @param owner the principal who looks after it; null for nobody
 * @param detail in words
 * @param attempts how often it was tried
 */
public record ExceptionItem(
        String id,
        String kind,
        String reason,
        String state,
        @Nullable String owner,
        Instant openedAt,
        long ageSeconds,
        @Nullable Instant resolvedAt,
        @Nullable String resolution,
        String detail,
        @Nullable String source,
        @Nullable String eventId,
        @Nullable String type,
        @Nullable String subject,
        @Nullable String customer,
        @Nullable String posting,
        @Nullable String externalId,
        int attempts,
        @Nullable Instant triedAt,
        @Nullable String correlation) {}
