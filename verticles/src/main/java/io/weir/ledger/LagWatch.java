package io.weir.ledger;

import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which partitions of the log are not recorded as they should be: where records wait and the place does not move, and where ever
 * more wait. Pure; looked at by one thread.
 */
final class LagWatch {
    private final Duration frozen;
    private final Duration grows;
    private final Map<Integer, Seen> seen = new HashMap<>();

    /** How far a partition is recorded, and where its log ends. */
    record Place(long next, long end) {
        long waiting() {
            return Math.max(0, end - next);
        }
    }

    /**
     * What is known of a partition.
     *
     * @param stands since when it has not moved while records waited
     * @param mark when the backlog was compared last, and what it was
     * @param growing since when each comparison has found more
     */
    private record Seen(long next, Instant stands, Instant mark, long marked, Optional<Instant> growing) {}

    LagWatch(WeirSettings.Ledger settings) {
        this.frozen = Duration.ofMillis(settings.frozenMillis());
        this.grows = Duration.ofMillis(settings.growsMillis());
    }

    /** Nothing is known of now: what stands still meanwhile is not the ledger's doing. */
    void forget() {
        seen.clear();
    }

    /** What is wrong at this instant. */
    List<LatePartition> look(Instant now, Map<Integer, Place> places) {
        List<LatePartition> late = new ArrayList<>();
        places.forEach((partition, place) -> {
            if (place.waiting() == 0) {
                seen.remove(partition);
                return;
            }
            Seen is = next(now, place, seen.get(partition));
            seen.put(partition, is);
            if (Duration.between(is.stands, now).compareTo(frozen) > 0) {
                late.add(new LatePartition(
                        partition, LatePartition.Why.FROZEN, is.stands, place.next(), place.waiting()));
            } else if (is.growing.isPresent()) {
                late.add(new LatePartition(
                        partition, LatePartition.Why.GROWING, is.growing.get(), place.next(), place.waiting()));
            }
        });
        return late;
    }

    private Seen next(Instant now, Place place, @org.jspecify.annotations.Nullable Seen before) {
        if (before == null) {
            return new Seen(place.next(), now, now, place.waiting(), Optional.empty());
        }
        Instant stands = before.next == place.next() ? before.stands : now;
        if (Duration.between(before.mark, now).compareTo(grows) < 0) {
            return new Seen(place.next(), stands, before.mark, before.marked, before.growing);
        }
        Optional<Instant> growing =
                place.waiting() > before.marked ? Optional.of(before.growing.orElse(before.mark)) : Optional.empty();
        return new Seen(place.next(), stands, now, place.waiting(), growing);
    }
}
