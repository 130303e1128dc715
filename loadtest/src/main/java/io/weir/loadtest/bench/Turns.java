package io.weir.loadtest.bench;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The turns of one benchmark: each has events of its own, and what Weir accepted of them is remembered. */
final class Turns {
    private final InstantSource clock;
    private final String run;
    private final List<Accepted> accepted = new ArrayList<>();
    private int made;

    Turns(InstantSource clock) {
        this.clock = clock;
        this.run = Long.toString(clock.millis(), 36);
    }

    /** At least so many events of a turn were answered 202; those under way at its end may be in the log, too. */
    record Accepted(Requests.Turn turn, long events) {}

    Requests.Turn next() {
        made++;
        return new Requests.Turn("%s%02d".formatted(run, made), clock.instant().toString());
    }

    Accepted accepted(Requests.Turn turn, long events) {
        Accepted one = new Accepted(turn, events);
        accepted.add(one);
        return one;
    }

    List<Accepted> accepted() {
        return List.copyOf(accepted);
    }
}
