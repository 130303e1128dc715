package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is taken on while requests queue for the loops, window by window. */
class SheddingTest {
    private static final long QUEUE = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int LEAST = 10;
    private static final int ASKED = 1_000;

    private final Shedding shedding = new Shedding(QUEUE, LEAST, flow -> switch (flow) {
        case CHECK -> 100;
        case REPORT -> 50;
        default -> 80;
    });

    @Test
    void while_the_queue_is_short_all_is_taken_on() {
        shedding.adjust(QUEUE);
        for (FlowClass flow : FlowClass.values()) {
            assertEquals(ASKED, taken(flow), flow::text);
        }
    }

    @Test
    void reports_go_wholly_before_any_event_and_checks_never() {
        boolean events = false;
        for (int window = 0; window < 60; window++) {
            shedding.adjust(QUEUE * 11 / 10);
            int reports = taken(FlowClass.REPORT);
            if (taken(FlowClass.USAGE) < ASKED) {
                events = true;
                assertEquals(LEAST, reports);
            }
            assertEquals(ASKED, taken(FlowClass.CHECK));
        }
        assertTrue(events);
    }

    @Test
    void the_longer_the_queue_the_faster_less_is_taken_on_and_never_less_than_a_few() {
        shedding.adjust(QUEUE * 100);
        assertEquals(LEAST, taken(FlowClass.REPORT));
        assertEquals(ASKED, taken(FlowClass.USAGE));
        shedding.adjust(QUEUE * 100);
        int half = taken(FlowClass.USAGE);
        assertTrue(Math.abs(half - (ASKED + LEAST) / 2) < 10, "taken: " + half);
        for (int window = 0; window < 30; window++) {
            shedding.adjust(QUEUE * 100);
        }
        int few = taken(FlowClass.USAGE);
        assertTrue(few >= LEAST && few <= LEAST + 2, "taken: " + few);
    }

    @Test
    void when_the_queue_is_gone_all_is_taken_on_again_within_seconds() {
        for (int window = 0; window < 30; window++) {
            shedding.adjust(QUEUE * 100);
        }
        int windows = 0;
        while (taken(FlowClass.REPORT) < ASKED) {
            shedding.adjust(0);
            windows++;
        }
        assertTrue(windows > 10 && windows < 60, "windows: " + windows);
    }

    private int taken(FlowClass flow) {
        int taken = 0;
        for (int call = 0; call < ASKED; call++) {
            taken += shedding.takes(flow) ? 1 : 0;
        }
        return taken;
    }
}
