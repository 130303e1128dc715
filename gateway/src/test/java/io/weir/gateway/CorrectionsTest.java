package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Voids and amendments over the API: usage, balances, charges and what explains them follow. */
class CorrectionsTest {
    private final RunningNode weir = RunningNode.shared();
    private final Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(2, ChronoUnit.HOURS);

    private ObjectNode used(String subject, int outputTokens) {
        ObjectNode event = Events.event(subject, 1, outputTokens);
        event.put("time", hour.plus(Duration.ofMinutes(20)).toString());
        assertEquals(200, weir.post(List.of(event), "recorded").status());
        return event;
    }

    private Reply takeBack(String role, ObjectNode event) {
        Map<String, String> body =
                Map.of("source", Events.SOURCE, "id", Events.id(event), "reason", "sent by a load test");
        return weir.call(role, "POST", "/v1/events/void", body);
    }

    private Reply amend(String role, ObjectNode event) {
        ObjectNode body = event.deepCopy().put("reason", "counted wrongly");
        return weir.call(role, "POST", "/v1/events/amendment", body, "Content-Type", "application/cloudevents+json");
    }

    private static ObjectNode with(ObjectNode event, int outputTokens) {
        ObjectNode other = event.deepCopy();
        Events.data(other).put("outputTokens", outputTokens);
        return other;
    }

    private JsonNode state(ObjectNode event) {
        return weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event))
                .json();
    }

    private String balance(String customer) {
        return weir.get("support", "/v1/customers/" + customer + "/entitlements/llm_tokens")
                .json()
                .path("used")
                .asString();
    }

    private int bill(String subscription) {
        Map<String, Object> body = Map.of(
                "from",
                hour.toString(),
                "to",
                hour.plusSeconds(3_600).toString(),
                "subscriptions",
                List.of(subscription));
        return weir.call("finance", "POST", "/v1/billing-runs", body)
                .json()
                .path("charges")
                .asInt(-1);
    }

    private List<BigDecimal> charged(String subscription) {
        List<BigDecimal> quantities = new ArrayList<>();
        weir.get("finance", "/v1/charges?subscription=" + subscription)
                .json()
                .get("items")
                .forEach(charge ->
                        quantities.add(new BigDecimal(charge.get("quantity").asString())));
        return quantities.stream().sorted().toList();
    }

    @Test
    void balances_follow_at_once_and_the_event_tells_what_became_of_it() {
        ObjectNode event = used("ws-093", 500);
        ObjectNode other = used("ws-093", 7);
        assertEquals("507", balance("cust-093"));
        Reply voided = takeBack("admin", event);
        assertEquals(200, voided.status(), voided.toString());
        assertEquals("7", balance("cust-093"));
        assertEquals("voided", voided.json().path("state").asString());
        assertEquals(0, voided.json().path("aggregates").size());
        assertEquals(voided.json(), takeBack("admin", event).json());
        assertEquals(
                "accepted=0 recorded=0 duplicates=1 conflicts=0 rejected=0",
                weir.post(List.of(event), "recorded").counts());

        Reply amended = amend("admin", with(other, 70));
        assertEquals(200, amended.status(), amended.toString());
        assertEquals("70", balance("cust-093"));
        assertEquals("amended", amended.json().path("state").asString());
        assertEquals("70", amended.json().at("/data/outputTokens").asString());
        JsonNode correction = state(other).at("/corrections/0");
        assertEquals("amendment", correction.path("kind").asString());
        assertEquals("counted wrongly", correction.path("reason").asString());
        assertEquals("admin", correction.path("by").asString());
        assertEquals("7", correction.at("/takenBack/data/outputTokens").asString());
        assertEquals(List.of(Events.id(event)), listed("voided"));
        assertEquals(List.of(Events.id(other)), listed("amended"));
        assertEquals(List.of(), listed("recorded"));
    }

    private List<String> listed(String state) {
        JsonNode items = weir.get("backend", "/v1/events?customer=cust-093&state=" + state)
                .json()
                .get("items");
        return StreamSupport.stream(items.spliterator(), false)
                .map(item -> item.get("id").asString())
                .toList();
    }

    @Test
    void what_was_charged_is_taken_back_by_exactly_one_charge() {
        ObjectNode event = used("ws-094", 10_000);
        ObjectNode other = used("ws-094", 20_000);
        Eventually.holds("charged", () -> bill("sub-094"), charges -> charges == 1);
        assertEquals(200, takeBack("admin", event).status());
        assertEquals(200, amend("admin", with(other, 25_000)).status());
        assertEquals(1, bill("sub-094"));
        assertEquals(0, bill("sub-094"));
        assertEquals(List.of(new BigDecimal("-5000"), new BigDecimal("30000")), charged("sub-094"));

        assertEquals(200, takeBack("admin", other).status());
        assertEquals(1, bill("sub-094"));
        assertEquals(0, bill("sub-094"));
        assertEquals(BigDecimal.ZERO, charged("sub-094").stream().reduce(BigDecimal.ZERO, BigDecimal::add));
        JsonNode charges = state(event).get("charges");
        assertEquals(2, charges.size(), charges.toString());
        assertFalse(charges.get(0).has("takenBack"));
        assertTrue(charges.get(1).get("takenBack").asBoolean());
        JsonNode lineage = weir.get("finance", "/v1/lineage?source=" + Events.SOURCE + "&id=" + Events.id(event))
                .json();
        assertEquals(2, lineage.get("charges").size(), lineage.toString());
        assertEquals(
                charges.get(1).get("chargeKey").asString(),
                lineage.at("/events/0/takenBackBy/0").asString());
        nothing_differs();
    }

    /** The document that takes back names the events that it rests on. */
    @Test
    void a_document_tells_which_events_it_takes_back() {
        ObjectNode event = used("ws-095", 10_000);
        Eventually.holds("charged", () -> bill("sub-095"), charges -> charges == 1);
        takeBack("admin", event);
        assertEquals(1, bill("sub-095"));
        String document = Eventually.holds(
                "a document of it",
                () -> StreamSupport.stream(
                                weir.get("finance", "/v1/postings?limit=1000")
                                        .json()
                                        .get("items")
                                        .spliterator(),
                                false)
                        .flatMap(posting ->
                                StreamSupport.stream(posting.get("documents").spliterator(), false))
                        .filter(one -> one.path("customer").asString().equals("cust-095")
                                && one.path("total").asString().startsWith("-"))
                        .map(one -> one.get("externalId").asString())
                        .findFirst()
                        .orElse(""),
                id -> !id.isEmpty());
        JsonNode lineage =
                weir.get("finance", "/v1/lineage?document=" + document).json();
        assertEquals(Events.id(event), lineage.at("/events/0/id").asString(), lineage.toString());
        assertEquals(1, lineage.at("/events/0/takenBackBy").size());
    }

    private void nothing_differs() {
        String period = hour.toString().substring(0, 10);
        weir.get("finance", "/v1/reconciliations?limit=1000&period=" + period)
                .json()
                .get("items")
                .forEach(row -> row.get("variances").forEach(variance -> {
                    String what = variance.get("variance").asString();
                    assertFalse(what.equals("metered") || what.equals("unexplained"), row::toString);
                }));
    }

    @Test
    void what_a_caller_does_wrong_is_told() {
        ObjectNode event = used("ws-096", 5);
        assertEquals(403, takeBack("backend", event).status());
        assertEquals(404, takeBack("other", event).status());
        assertEquals(404, amend("other", event).status());
        assertEquals(404, takeBack("admin", Events.event("ws-096", 1, 1)).status());
        assertEquals(404, amend("admin", Events.event("ws-096", 1, 1)).status());
        Reply wrong = amend("admin", with(event, -1));
        assertEquals(422, wrong.status(), wrong.toString());
        assertEquals("/data/outputTokens", wrong.json().at("/errors/0/pointer").asString());
        ObjectNode old = event.deepCopy().put("time", "2020-01-01T00:00:00Z");
        assertEquals("/time", amend("admin", old).json().at("/errors/0/pointer").asString());
        Reply silent = weir.call(
                "admin", "POST", "/v1/events/amendment", event, "Content-Type", "application/cloudevents+json");
        assertEquals("/reason", silent.json().at("/errors/0/pointer").asString(), silent.toString());
        assertEquals("5", balance("cust-096"));
    }

    @Test
    void a_command_that_comes_again_is_answered_as_the_first_time() {
        ObjectNode event = used("ws-097", 5);
        Map<String, String> body = Map.of("source", Events.SOURCE, "id", Events.id(event), "reason", "a test");
        Reply first = weir.call("admin", "POST", "/v1/events/void", body, "Idempotency-Key", "void-097");
        Reply again = weir.call("admin", "POST", "/v1/events/void", body, "Idempotency-Key", "void-097");
        assertEquals("true", again.header("Idempotency-Replayed"));
        assertEquals(Json.tree(first.body()), Json.tree(again.body()));
    }
}
