package io.weir.settings;

/** Bounds of meters, and the pace at which they count what was recorded before them. */
public record MeterSettings(
        int maxPerType,
        int maxVersions,
        int maxDimensionSets,
        int backfillBatch,
        int backfillPauseMillis,
        int backfillPollMillis) {
    public MeterSettings {
        Rules.check(
                Rules.range("maxPerType", maxPerType, 1, 1_000),
                Rules.range("maxVersions", maxVersions, 1, 10_000),
                Rules.range("maxDimensionSets", maxDimensionSets, 1, 1_000_000),
                Rules.range("backfillBatch", backfillBatch, 1, 5_000),
                Rules.range("backfillPauseMillis", backfillPauseMillis, 1, 60_000),
                Rules.range("backfillPollMillis", backfillPollMillis, 100, 600_000));
    }
}
