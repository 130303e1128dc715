package io.weir.loadtest.bench;

import java.util.List;

/** What an admitting node left in the log, and how fast a whole node that was just started recorded it. */
record Backlog(long events, long early, double seconds) {
    /** Waits until these turns' events are recorded, and proves that none is missing. */
    static Backlog recorded(LedgerView ledger, List<Turns.Accepted> turns) {
        long early = ledger.recorded(turns);
        long start = System.nanoTime();
        ledger.awaitCaughtUp();
        double seconds = (System.nanoTime() - start) / 1e9;
        ledger.prove(turns);
        return new Backlog(ledger.recorded(turns), early, seconds);
    }

    String line() {
        return "backlog of the admitting node: all %,d events recorded, %,.0f events/s (%,d before `weir ready`, %,d in %.1f s)"
                .formatted(events, (events - early) / seconds, early, events - early, seconds);
    }
}
