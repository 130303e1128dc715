package io.weir.policies;

import io.weir.schemas.Caller;
import java.time.Instant;

/**
 * Of when an event may be.
 *
 * @param earliest inclusive
 * @param latest inclusive
 * @param named whether it has to say its time; else its arrival counts
 * @param early what is wrong with an earlier one
 * @param late what is wrong with a later one
 */
public record EventWindow(Instant earliest, Instant latest, boolean named, String early, String late) {
    /** What the tenant takes now. */
    static EventWindow of(Caller caller, Instant now) {
        return new EventWindow(
                now.minus(caller.eventsPast()),
                now.plus(caller.eventsFuture()),
                false,
                "is more than " + caller.eventsPast().toDays() + " days past",
                "is more than " + caller.eventsFuture().toMinutes() + " minutes ahead");
    }

    /** The same, however long past. */
    static EventWindow anyPast(Caller caller, Instant now) {
        EventWindow taken = of(caller, now);
        return new EventWindow(Instant.MIN, taken.latest, false, taken.early, taken.late);
    }

    /** A span that was agreed on, its end exclusive. */
    public static EventWindow of(Instant from, Instant to) {
        return new EventWindow(
                from,
                to.minusNanos(1),
                true,
                "is before " + from + ", where the set begins",
                "is not before " + to + ", where the set ends");
    }
}
