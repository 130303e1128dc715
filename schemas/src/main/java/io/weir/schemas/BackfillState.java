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
 * @param since quarter hours before it may lack events, which had left for the archive when it began; null where none had
 */
public record BackfillState(
        String state, @Nullable Instant through, @Nullable Instant since) {
    /** One that lacks nothing. */
    public BackfillState(String state, @Nullable Instant through) {
        this(state, through, null);
    }

    /** From what stands of it: the day that is gone through, and when it ended; both null where it has not begun. */
    public static BackfillState of(
            @Nullable LocalDate day, @Nullable OffsetDateTime endedAt, @Nullable OffsetDateTime since) {
        Instant lacksBefore = since == null ? null : since.toInstant();
        if (endedAt != null) {
            return new BackfillState("complete", endedAt.toInstant(), lacksBefore);
        }
        return day == null
                ? new BackfillState("pending", null)
                : new BackfillState("running", day.atStartOfDay(ZoneOffset.UTC).toInstant(), lacksBefore);
    }

    /** Whether every event of those times and later is counted. */
    public boolean complete(Instant from) {
        return state.equals("complete") && (since == null || !from.isBefore(since));
    }
}
