package io.weir.lineage;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A recorded event in a list.
 *
 * @param state {@code recorded} where it is counted, {@code amended} where that is by a correction, {@code voided} where a
 *     correction took it out, {@code held} where it waits for its customer or subscription
 * @param reason why it is held; null where it is counted
 * @param exceptionId of what it waits as; null where it is counted
 * @param subject null where the event names its subscription instead
 */
public record EventItem(
        String source,
        String id,
        String state,
        @Nullable String reason,
        @Nullable String exceptionId,
        String type,
        @Nullable String subject,
        Instant time,
        @Nullable String customer,
        @Nullable String subscription,
        Instant recordedAt,
        String correlation) {}
