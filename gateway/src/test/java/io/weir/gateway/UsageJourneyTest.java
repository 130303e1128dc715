package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class UsageJourneyTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void a() {
        assertEquals(200, weir.get("admin", "/v1/customers/cust-001").status());
        assertEquals(202, weir.post(List.of(Events.event("ws-001")), "accepted").status());
    }

    @Test
    void a_recorded_event_answers() {
        Reply posted = weir.post(List.of(Events.event("ws-001")), "recorded");
        assertEquals(200, posted.status(), posted.toString());
    }
}
