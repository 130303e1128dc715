package io.weir.schemas;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the ledger is asked to do with backfill sets, and what it answers. */
public final class BackfillSets {
    private BackfillSets() {}

    /**
     * Opens a set for events of a span of time.
     *
     * @param from first instant, inclusive
     * @param to last instant, exclusive
     * @param periodCorrection whether its events may be older than the tenant otherwise takes them
     * @param customer only this customer's events; null for all
     */
    public record Open(
            TenantId tenant,
            Actor actor,
            Instant from,
            Instant to,
            boolean periodCorrection,
            @Nullable CustomerId customer,
            String reason) {}

    /** A checked event as it is to be kept, and when the front door had it. */
    public record Event(String correlation, int schemaVersion, Instant received, byte[] json) {}

    /**
     * Keeps events in a set.
     *
     * @param strict whether none is to be kept where one may not
     */
    public record Load(TenantId tenant, Actor actor, String set, boolean strict, List<Event> events) {}

    /**
     * Keeps events of an archived day in a set.
     *
     * @param from how many of the day's events were passed before
     */
    public record LoadDay(TenantId tenant, Actor actor, String set, LocalDate day, long from) {}

    /**
     * What became of a part of an archived day.
     *
     * @param passed how many events of others, or of times outside of the set, were left out
     * @param next where the next part begins; null where the day has ended
     */
    public record DayLoaded(
            int staged,
            int duplicates,
            int rejected,
            int passed,
            @Nullable Long next) {}

    /** What became of an event that was to be kept. */
    public enum Staging {
        /** It is in the set. */
        STAGED,
        /** It was in the set, with the same content. */
        DUPLICATE,
        /** Its account is not one of the set's customer. */
        FOREIGN,
        /** It is not in the set, for another one's fault. */
        NOT_TAKEN
    }

    /** What became of each event, in order. */
    public record Loaded(List<Staging> outcomes) {}

    /** Asks what closing a set would change. */
    public record Preview(TenantId tenant, String set) {}

    /**
     * Records all of a set.
     *
     * @param ifMatch revision that must be current; null for any
     */
    public record Close(
            TenantId tenant,
            Actor actor,
            String set,
            @Nullable Long ifMatch) {}

    /** Drops a set and its events. */
    public record Drop(TenantId tenant, Actor actor, String set) {}

    /**
     * What became, or would become, of a set's events: disjoint, but that held and uncounted ones are recorded.
     *
     * @param uncounted recorded, and of no meter
     */
    public record Outcomes(int recorded, int duplicates, int conflicts, int held, int uncounted) {}

    /**
     * What closing a set would change.
     *
     * @param revision of the set that was looked at
     * @param usage by customer, meter and calendar month (UTC)
     * @param hours what it would add to hours that billing looks at
     */
    public record Effect(long revision, int events, Outcomes outcomes, List<Usage> usage, List<Hour> hours) {}

    /**
     * Usage of a month.
     *
     * @param events how many it gains
     * @param before what is counted of it; null where the meter's quantities do not add up
     * @param change what is added; null likewise
     */
    public record Usage(
            CustomerId customer,
            String meter,
            LocalDate month,
            long events,
            @Nullable BigDecimal before,
            @Nullable BigDecimal change) {}

    /** Quantity of an hour under a subscription's revision. */
    public record Hour(
            String subscription, long revision, String meter, int meterVersion, Instant hour, BigDecimal quantity) {}
}
