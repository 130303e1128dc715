package io.weir.loadtest.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TraceEventsTest {
    private final Trace trace =
            TraceTest.trace("t", "2023-11-16 18:17:03.9799600,4808,10", "2023-11-16 19:14:19.9280161,549,1732");
    private final Shift shift = new Shift(Duration.ofDays(1));

    @Test
    void event_carries_the_row_to_the_last_digit() {
        JsonNode event = new TraceEvents(trace, shift).event(trace.rows().get(1));
        assertEquals("t-2", event.path("id").asString());
        assertEquals("/demo/t", event.path("source").asString());
        assertEquals("llm.completion", event.path("type").asString());
        assertEquals("ws-002", event.path("subject").asString());
        assertEquals("2023-11-17T19:14:19.928016100Z", event.path("time").asString());
        assertEquals(549, event.path("data").path("inputTokens").asLong());
        assertEquals(1732, event.path("data").path("outputTokens").asLong());
        assertEquals("m1", event.path("data").path("model").asString());
    }

    @Test
    void same_rows_make_the_same_bytes() {
        assertArrayEquals(
                new TraceEvents(trace, shift).batch(trace.rows()), new TraceEvents(trace, shift).batch(trace.rows()));
    }

    @Test
    void subjects_go_round_all_hundred_accounts() {
        assertEquals("ws-001", TraceEvents.subject(1));
        assertEquals("ws-100", TraceEvents.subject(100));
        assertEquals("ws-001", TraceEvents.subject(101));
        assertEquals(
                100,
                IntStream.rangeClosed(1, 8819)
                        .mapToObj(TraceEvents::subject)
                        .distinct()
                        .count());
    }

    @Test
    void each_trace_has_a_region_of_its_own() {
        Trace other = TraceTest.trace("u", "2023-11-16 18:17:03.9799600,1,1");
        assertNotEquals(new TraceEvents(trace, shift).region(), new TraceEvents(other, shift).region());
    }
}
