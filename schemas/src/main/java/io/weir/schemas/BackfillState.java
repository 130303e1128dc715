package io.weir.schemas;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * How far a version of a meter has counted what was recorded before it was there.
 *
 * @param state {@code pending}, {@code running} or {@code complete}
 * @param through every event that was recorded before then is counted; null where nothing is said yet
 */
public record BackfillState(String state, @Nullable Instant through) {
    /** From what stands of it: the day that is gone through, and when it ended; both null where it has not begun. */
    public static BackfillState of(@Nullable LocalDate day, @Nullable OffsetDateTime endedAt) {
        if (endedAt != null) {
            return new BackfillState("complete", endedAt.toInstant());
        }
        return day == null
                ? new BackfillState("pending", null)
                : new BackfillState("running", day.atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /** Whether everything is counted. */
    public boolean complete() {
        return state.equals("complete");
    }
}
