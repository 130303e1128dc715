package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The story of the README, running: from an event that a product sends to the document in the ERP, and back. */
class UsageJourneyTest {
    private final RunningNode weir = RunningNode.start(Map.of());

    @AfterEach
    void stop() {
        weir.close();
    }

    @Test
    void an_event_becomes_usage_an_entitlement_answer_a_charge_and_an_erp_document_that_leads_back_to_it() {
        // The product tells what its customer used: it knows the customer as ws-001.
        ObjectNode now = Events.event("ws-001", 10, 5);
        assertEquals(
                "accepted=0 recorded=1 duplicates=0 conflicts=0 rejected=0",
                weir.post(List.of(now), "recorded").counts());

        // Usage includes it from that answer on, under the customer that the product's name stands for.
        assertEquals("5", usage("cust-001"));

        // So does the answer to what the customer may still do: 1,000,000 tokens a month, 5 of them used.
        JsonNode entitlement = weir.get("support", "/v1/customers/cust-001/entitlements/llm_tokens")
                .json();
        assertEquals("5", entitlement.get("used").stringValue());
        assertEquals("999995", entitlement.get("remaining").stringValue());
        assertTrue(entitlement.get("granted").booleanValue());

        // Two hours ago there was more usage. That hour is over: it can be charged.
        Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
        ObjectNode earlier = Events.event("ws-001", 100, 40_000);
        earlier.put("time", hour.minus(Duration.ofMinutes(90)).toString());
        assertEquals(200, weir.post(List.of(earlier), "recorded").status());

        // Finance runs the bill: 40,000 tokens at 0.0001 USD.
        JsonNode run = weir.call(
                        "finance",
                        "POST",
                        "/v1/billing-runs",
                        Map.of(
                                "from", hour.minus(Duration.ofHours(2)).toString(),
                                "to", hour.toString(),
                                "subscriptions", List.of("sub-001")))
                .json();
        assertEquals(1, run.get("charges").intValue());
        JsonNode charge = weir.get("finance", "/v1/charges?customer=cust-001")
                .json()
                .get("items")
                .get(0);
        assertEquals("40000", charge.get("quantity").stringValue());
        assertEquals("4.00", charge.get("amount").stringValue());
        assertEquals("USD", charge.get("currency").stringValue());

        // The charge waits in a posting until another person than the one who ran it approves.
        String posting = run.get("postings").get(0).stringValue();
        assertEquals("awaiting_approval", posting(posting).get("state").stringValue());
        Reply approval = weir.call(
                "approver",
                "POST",
                "/v1/postings/" + posting + "/approval",
                Map.of("decision", "approve", "comment", "checked"));
        assertEquals(200, approval.status(), approval.toString());

        // Then it goes to the ERP by itself, once.
        JsonNode posted = Eventually.holds(
                "the posting is posted",
                () -> posting(posting),
                current -> current.get("state").stringValue().equals("posted"));
        JsonNode document = posted.get("documents").get(0);
        List<JsonNode> inErp = weir.erp().documents(document.get("externalId").stringValue());
        assertEquals(1, inErp.size());
        assertEquals("4.00", inErp.getFirst().get("total").stringValue());
        assertEquals("cust-001", inErp.getFirst().get("customer").stringValue());

        // And from the event one sees all that became of it.
        JsonNode lineage = weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(earlier))
                .json();
        assertEquals("recorded", lineage.get("state").stringValue());
        assertEquals("sub-001", lineage.get("subscription").stringValue());
        assertEquals(3, lineage.get("aggregates").size());
        JsonNode charged = lineage.get("charges").get(0);
        assertEquals(charge.get("chargeKey"), charged.get("chargeKey"));
        assertEquals(posting, charged.get("posting").stringValue());
        assertEquals(document.get("document"), charged.get("document"));
        assertTrue(lineage.get("stages").has("posted"), lineage.toString());
    }

    private String usage(String customer) {
        Instant now = Instant.now();
        return weir.get(
                        "backend",
                        "/v1/usage?meter=llm_output_tokens&customer=" + customer + "&from="
                                + now.minus(Duration.ofHours(1)) + "&to=" + now.plus(Duration.ofHours(1)))
                .json()
                .get("rows")
                .get(0)
                .get("value")
                .stringValue();
    }

    private JsonNode posting(String id) {
        return weir.get("finance", "/v1/postings/" + id).json();
    }
}
