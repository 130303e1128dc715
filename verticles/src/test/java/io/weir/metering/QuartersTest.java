package io.weir.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuartersTest {
    private static final Instant LATEST = Instant.parse("2026-11-20T12:05:00Z");

    @Test
    void aligned_span_reads_no_entries() {
        Quarters quarters = of("10:00", "11:15");
        assertSpan("10:00", "11:15", quarters.from(), quarters.to());
        assertEquals(quarters.head().from(), quarters.head().to());
        assertEquals(quarters.tail().from(), quarters.tail().to());
    }

    @Test
    void short_edges_are_added() {
        Quarters quarters = of("10:10", "11:05");
        assertSpan("10:15", "11:00", quarters.from(), quarters.to());
        assertEdge("10:10", "10:15", 1, quarters.head());
        assertEdge("11:00", "11:05", 1, quarters.tail());
    }

    @Test
    void long_edges_are_taken_whole_and_their_outside_subtracted() {
        Quarters quarters = of("10:02", "11:14");
        assertSpan("10:00", "11:15", quarters.from(), quarters.to());
        assertEdge("10:00", "10:02", -1, quarters.head());
        assertEdge("11:14", "11:15", -1, quarters.tail());
    }

    @Test
    void up_to_now_only_what_lies_in_the_future_is_read() {
        Quarters quarters = of("10:00", "12:06");
        assertSpan("10:00", "12:15", quarters.from(), quarters.to());
        assertEdge("12:06", "12:15", -1, quarters.tail());
    }

    @Test
    void span_within_a_quarter_reads_entries_alone() {
        Quarters quarters = of("10:01", "10:14");
        assertEquals(quarters.from(), quarters.to());
        assertEdge("10:01", "10:14", 1, quarters.head());
        assertEquals(quarters.tail().from(), quarters.tail().to());
    }

    @Test
    void span_over_one_border_reads_both_edges() {
        Quarters quarters = of("10:14", "10:16");
        assertSpan("10:15", "10:15", quarters.from(), quarters.to());
        assertEdge("10:14", "10:15", 1, quarters.head());
        assertEdge("10:15", "10:16", 1, quarters.tail());
    }

    @Test
    void two_quarters_may_both_be_taken_whole() {
        Quarters quarters = of("10:01", "10:29");
        assertSpan("10:00", "10:30", quarters.from(), quarters.to());
        assertEdge("10:00", "10:01", -1, quarters.head());
        assertEdge("10:29", "10:30", -1, quarters.tail());
    }

    private static Quarters of(String from, String to) {
        return Quarters.of(at(from), at(to), LATEST);
    }

    private static void assertEdge(String from, String to, int sign, Quarters.Edge edge) {
        assertEquals(new Quarters.Edge(at(from), at(to), sign), edge);
    }

    private static void assertSpan(String from, String to, Instant actualFrom, Instant actualTo) {
        assertEquals(at(from), actualFrom);
        assertEquals(at(to), actualTo);
    }

    private static Instant at(String time) {
        return Instant.parse("2026-11-20T" + time + ":00Z");
    }
}
