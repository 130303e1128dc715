package io.weir.settings;

/** Bounds of backfill sets. */
public record BackfillSetSettings(
        int maxEvents, int maxOpen, int openHours, int pieceEvents, int maxEffects, int pollMillis) {
    public BackfillSetSettings {
        Rules.check(
                Rules.range("maxEvents", maxEvents, 1, 1_000_000),
                Rules.range("maxOpen", maxOpen, 1, 10_000),
                Rules.range("openHours", openHours, 1, 10_000),
                Rules.range("pieceEvents", pieceEvents, 1, 5_000),
                Rules.range("maxEffects", maxEffects, 1, 100_000),
                Rules.range("pollMillis", pollMillis, 10, 600_000));
    }
}
