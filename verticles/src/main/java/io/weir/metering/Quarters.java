package io.weir.metering;

import java.time.Duration;
import java.time.Instant;

/**
 * How a span is read exactly from quarter hours: whole quarters from the aggregates, and at each edge that does not lie on
 * a quarter either the entries inside of it added, or the quarter taken whole and the entries outside of it subtracted,
 * whichever reads less.
 *
 * @param from first whole quarter, inclusive
 * @param to end of the last whole quarter; not after {@code from} where there is none
 * @param head entries at the start
 * @param tail entries at the end
 */
record Quarters(Instant from, Instant to, Edge head, Edge tail) {
    private static final long SECONDS = 900;

    /**
     * Entries to be read.
     *
     * @param sign 1 to add, -1 to subtract
     */
    record Edge(Instant from, Instant to, int sign) {
        private static Edge none(Instant at) {
            return new Edge(at, at, 1);
        }
    }

    /**
     * Splits a span.
     *
     * @param latest the latest time that an event can have now: nothing lies behind it
     */
    static Quarters of(Instant from, Instant to, Instant latest) {
        Instant head = start(from);
        Instant tail = start(to);
        if (head.equals(tail)) {
            return new Quarters(head, head, new Edge(from, to, 1), Edge.none(to));
        }
        Edge headEdge = head(from, head);
        Edge tailEdge = tail(to, tail, latest);
        return new Quarters(
                from.equals(head) || headEdge.sign < 0 ? head : end(head),
                tailEdge.sign < 0 ? end(tail) : tail,
                headEdge,
                tailEdge);
    }

    /** Splits a span whose edges are only ever added: for what cannot be subtracted. */
    static Quarters inside(Instant from, Instant to) {
        Instant first = start(from).equals(from) ? from : end(start(from));
        Instant last = start(to);
        return first.isAfter(last)
                ? new Quarters(first, first, new Edge(from, to, 1), Edge.none(to))
                : new Quarters(first, last, new Edge(from, first, 1), new Edge(last, to, 1));
    }

    /** Start of the quarter that the instant lies in. */
    static Instant start(Instant at) {
        return Instant.ofEpochSecond(Math.floorDiv(at.getEpochSecond(), SECONDS) * SECONDS);
    }

    /** End of the quarter that starts there. */
    static Instant end(Instant start) {
        return start.plusSeconds(SECONDS);
    }

    private static Edge head(Instant from, Instant start) {
        if (from.equals(start)) {
            return Edge.none(from);
        }
        Instant end = end(start);
        return shorter(from, end, start, from) ? new Edge(from, end, 1) : new Edge(start, from, -1);
    }

    private static Edge tail(Instant to, Instant start, Instant latest) {
        if (to.equals(start)) {
            return Edge.none(to);
        }
        Instant end = end(start);
        Instant last = latest.isBefore(to) ? to : latest.isBefore(end) ? latest : end;
        return shorter(start, to, to, last) ? new Edge(start, to, 1) : new Edge(to, end, -1);
    }

    private static boolean shorter(Instant from, Instant to, Instant otherFrom, Instant otherTo) {
        return Duration.between(from, to).compareTo(Duration.between(otherFrom, otherTo)) <= 0;
    }
}
