package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Two nodes of one cluster share the log, tell each other what was recorded, and take over from each other. */
class TwoNodesTest {
    private static final String RECORDED = "weir_ledger_events_total{outcome=\"recorded\"}";

    @Test
    void two_nodes_share_the_work_and_one_goes_on_alone() {
        try (RunningNode one = RunningNode.start(Map.of())) {
            try (RunningNode two = one.second()) {
                receiptsReachTheNodeThatWaits(one, two);
                aCheckOnTheOtherNodeSeesUsage(one, two);
                aChangeOnOneNodeIsKnownToTheOther(one, two);
                tokensOfTheClusterAreWaitedForAndNotRefused(two);
            }
            // The second node's partitions come back once the group has noticed.
            List<ObjectNode> events = ofManySubjects();
            Reply alone = Eventually.holds(
                    "one records all alone", () -> one.post(events, "recorded"), answer -> answer.status() == 200);
            assertEquals(
                    events.size(),
                    alone.json().get("recorded").intValue()
                            + alone.json().get("duplicates").intValue());
        }
    }

    /** A lease for what a holder did so far holds no tokens for what it has not done yet; the tank is full of them. */
    private static void tokensOfTheClusterAreWaitedForAndNotRefused(RunningNode node) {
        for (int i = 0; i < 5; i++) {
            String role = node.newKey("standard", "usage:read", "usage:write");
            String granted = "weir_throttle_asks_total{outcome=\"granted\"}";
            var before = node.metric(granted);
            assertEquals(200, node.get(role, "/v1/usage?meter=llm_requests").status());
            Eventually.holds("a lease", () -> node.metric(granted), asked -> asked.compareTo(before) > 0);
            Reply first = node.postAs(role, Events.events("ws-072", 3), "accepted");
            assertEquals(202, first.status(), first.toString());
        }
    }

    private static void receiptsReachTheNodeThatWaits(RunningNode one, RunningNode two) {
        for (RunningNode asked : List.of(one, two, one, two)) {
            Reply answer = asked.post(ofManySubjects(), "recorded");
            assertEquals(200, answer.status(), answer.toString());
            assertEquals("accepted=0 recorded=40 duplicates=0 conflicts=0 rejected=0", answer.counts());
        }
        // Both recorded some: receipts crossed between them.
        assertTrue(one.metric(RECORDED).signum() > 0, "the first node recorded nothing");
        assertTrue(two.metric(RECORDED).signum() > 0, "the second node recorded nothing");
    }

    private static void aCheckOnTheOtherNodeSeesUsage(RunningNode one, RunningNode two) {
        for (int i = 1; i <= 5; i++) {
            String used = Integer.toString(5 * i);
            assertEquals(200, one.post(Events.events("ws-071", 1), "recorded").status());
            assertEquals(used, used(one));
            Eventually.within(Duration.ofSeconds(1), "the other node sees the usage", () -> used(two), used::equals);
        }
    }

    private static void aChangeOnOneNodeIsKnownToTheOther(RunningNode one, RunningNode two) {
        assertEquals(
                201,
                one.call(
                                "admin",
                                "PUT",
                                "/v1/customers/cust-072/grants/extra",
                                Map.of("feature", "llm_tokens", "amount", "7"))
                        .status());
        Eventually.holds(
                "the other node knows the grant",
                () -> two.get("support", "/v1/customers/cust-072/entitlements/llm_tokens")
                        .json()
                        .get("limit")
                        .stringValue(),
                "1000007"::equals);
    }

    private static String used(RunningNode weir) {
        JsonNode answer = weir.get("support", "/v1/customers/cust-071/entitlements/llm_tokens")
                .json();
        return answer.get("used").stringValue();
    }

    /** Enough subjects that every partition gets some. */
    private static List<ObjectNode> ofManySubjects() {
        List<ObjectNode> events = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            events.add(Events.event("ws-%03d".formatted(i)));
        }
        return events;
    }
}
