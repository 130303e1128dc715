package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.local.LocalStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A node without Postgres: it buffers, answers what it knows, says so, and catches up. */
class OutageTest {
    @Test
    void without_postgres_events_are_accepted_checks_are_answered_and_afterwards_everything_is_recorded() {
        try (RunningNode weir = RunningNode.start(
                Map.of("WEIR_ENTITLEMENT_MAX_STALE_MILLIS", "1500", "WEIR_INGEST_RECORDED_TIMEOUT_MILLIS", "500"))) {
            assertEquals(200, weir.post(Events.events("ws-001", 1), "recorded").status());
            assertEquals("5", check(weir).get("used").stringValue());
            List<ObjectNode> sent = new ArrayList<>();

            LocalStack.shared().stopPostgres();
            try {
                withoutPostgres(weir, sent);
            } finally {
                LocalStack.shared().startPostgres();
            }

            ObjectNode last = sent.getLast();
            Eventually.holds(
                    "everything is recorded",
                    () -> weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(last))
                            .status(),
                    status -> status == 200);
            assertEquals(
                    "accepted=0 recorded=0 duplicates=21 conflicts=0 rejected=0",
                    weir.post(sent, "recorded").counts());
            JsonNode fresh = Eventually.holds(
                    "checks include it",
                    () -> check(weir),
                    known -> known.get("used").stringValue().equals("110"));
            assertFalse(fresh.get("stale").booleanValue());
            Eventually.holds(
                    "it is whole", () -> weir.management("/health/ready").json().get("degraded"), JsonNode::isEmpty);
        }
    }

    private static void withoutPostgres(RunningNode weir, List<ObjectNode> sent) {
        for (int i = 0; i < 20; i++) {
            ObjectNode event = Events.event("ws-001");
            assertEquals(202, weir.post(List.of(event), "accepted").status());
            sent.add(event);
        }
        // What cannot be recorded in time is said to be accepted, no more.
        List<ObjectNode> waited = Events.events("ws-001", 1);
        Reply late = weir.post(waited, "recorded");
        assertEquals(202, late.status(), late.toString());
        assertEquals("accepted=1 recorded=0 duplicates=0 conflicts=0 rejected=0", late.counts());
        sent.addAll(waited);

        JsonNode stale = Eventually.holds(
                "checks say stale",
                () -> check(weir),
                known -> known.get("stale").booleanValue());
        assertTrue(stale.get("granted").booleanValue());
        assertEquals("5", stale.get("used").stringValue());

        Reply ready = Eventually.within(
                Duration.ofSeconds(15),
                "it says what it lacks",
                () -> weir.management("/health/ready"),
                answer -> !answer.json().get("degraded").isEmpty());
        assertEquals(200, ready.status());
        assertEquals("postgres", ready.json().get("degraded").get(0).get("part").stringValue());
        assertFalse(
                ready.json().get("degraded").get(0).get("since").stringValue().isEmpty());
        assertEquals(200, weir.management("/health/live").status());

        Reply usage = weir.get("backend", "/v1/usage?meter=llm_requests");
        assertEquals(503, usage.status(), usage.toString());
        assertTrue(Integer.parseInt(usage.header("retry-after")) >= 1);
    }

    private static JsonNode check(RunningNode weir) {
        Reply answer = weir.get("support", "/v1/customers/cust-001/entitlements/llm_tokens");
        assertEquals(200, answer.status(), answer.toString());
        return answer.json();
    }
}
