package io.weir.reconciliation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A page of what the stages hold, by hour and event type.
 *
 * @param asOf up to when every accepted event is recorded: later hours do not add up yet; null while it is not known
 * @param unaccounted records of the log, of all tenants and times, that nothing was made of: what the log no longer held when
 *     it was to be read
 */
public record Reconciliation(
        String period, Instant from, Instant to, @Nullable Instant asOf, long unaccounted, List<Row> items) {

    /**
     * An hour of an event type.
     *
     * @param type empty for what could not be read, whose hour is that of its arrival
     * @param sent what sources declared; null where none did. Its variance is with what is recorded of those sources
     * @param accepted records of the log: {@code recorded - backfilled - recovered + duplicates + conflicts + unreadable + tooLate}
     *     where nothing is unexplained
     * @param backfilled recorded by closing a backfill set, and so not out of the log
     * @param recovered recorded by trying an exception again, such as one that was too late: its record was counted as that
     * @param tooLate so old when they came to be recorded that they are exceptions
     * @param reversed entries that voids and amendments took back
     * @param replacements entries that amendments put in the place of others, of whichever hour and type
     * @param counted {@code recorded - reversed + replacements - held}
     */
    public record Row(
            Instant hour,
            String type,
            @Nullable Long sent,
            long accepted,
            long recorded,
            long backfilled,
            long recovered,
            long duplicates,
            long conflicts,
            long unreadable,
            long tooLate,
            long held,
            long reversed,
            long replacements,
            long counted,
            @Nullable Map<String, Sums> sums,
            List<MeterRow> meters,
            List<Difference> variances) {}

    /** What sources declared to be the sum of a value, and what of it is recorded. */
    public record Sums(String sent, String recorded) {}

    /**
     * A meter of the type in that hour; of what is null the meter has none, such as a price.
     *
     * @param expected what counted events that the meter takes add up to, read from them
     * @param metered what the aggregates hold
     */
    public record MeterRow(
            String meter,
            Quantity expected,
            Quantity metered,
            @Nullable String rated,
            @Nullable String posted,
            @Nullable String inErp) {}

    /** Events and what they add up to. */
    public record Quantity(long events, String value) {}

    /** How much less the later stage holds; negative where it holds more. */
    public record Difference(
            Variance variance,
            @Nullable String meter,
            @Nullable String pointer,
            @Nullable Long events,
            @Nullable String value) {}

    /**
     * Something behind a variance: an event, a source's total, usage, a charge or a document.
     *
     * @param detail in words
     */
    public record Behind(
            String kind,
            Instant hour,
            @Nullable String type,
            @Nullable String source,
            @Nullable String id,
            @Nullable String exceptionId,
            @Nullable String customer,
            @Nullable String subscription,
            @Nullable String meter,
            String detail) {}
}
