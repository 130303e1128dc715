package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** From closed hours to documents in the ERP, with an ERP that fails. */
class BillingTest {
    private final RunningNode weir = RunningNode.shared();
    private final Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);

    @AfterEach
    void healErp() {
        weir.erp().heal();
    }

    @Test
    void the_same_usage_is_never_charged_twice_and_late_usage_once() {
        used("ws-051", 10_000);
        JsonNode first = bill("finance", "sub-051").json();
        assertEquals(1, first.get("charges").intValue());
        Reply again = bill("finance", "sub-051");
        assertEquals(200, again.status());
        assertEquals(0, again.json().get("charges").intValue());
        assertEquals(0, again.json().get("postings").size());

        used("ws-051", 20_000);
        assertEquals(1, bill("finance", "sub-051").json().get("charges").intValue());
        BigDecimal quantity = BigDecimal.ZERO;
        for (JsonNode charge :
                weir.get("finance", "/v1/charges?subscription=sub-051").json().get("items")) {
            quantity = quantity.add(new BigDecimal(charge.get("quantity").stringValue()));
        }
        assertEquals(new BigDecimal("30000"), quantity);
    }

    @Test
    void who_ran_the_bill_may_not_approve_it() {
        used("ws-052", 10_000);
        String posting = posting(bill("admin", "sub-052"));
        Reply own = approve("admin", posting);
        assertEquals(403, own.status(), own.toString());
        assertEquals("/problems/separation-of-duties", own.json().get("type").stringValue());
        assertEquals("awaiting_approval", state(posting));
        assertEquals(200, approve("approver", posting).status());
        Reply twice = approve("approver", posting);
        assertEquals(409, twice.status(), twice.toString());
        posted(posting);
    }

    @Test
    void a_rejected_posting_never_reaches_the_erp() {
        used("ws-053", 10_000);
        String posting = posting(bill("finance", "sub-053"));
        Reply rejected = weir.call(
                "approver",
                "POST",
                "/v1/postings/" + posting + "/approval",
                Map.of("decision", "reject", "comment", "no"));
        assertEquals(200, rejected.status(), rejected.toString());
        assertEquals("rejected", state(posting));
        assertEquals(0, weir.erp().documents(document(posting)).size());
    }

    @Test
    void an_erp_that_is_down_delays_postings_and_nothing_else_and_they_post_themselves_when_it_is_back() {
        weir.erp().fault("down", 0);
        used("ws-054", 10_000);
        String posting = posting(bill("finance", "sub-054"));
        assertEquals(200, approve("approver", posting).status());
        Eventually.holds(
                "the breaker is open",
                () -> weir.metric("weir_erp_breaker{vendor=\"netsuite\"}"),
                state -> state.compareTo(new BigDecimal(2)) == 0);
        assertNotEquals("posted", state(posting));
        assertEquals(200, weir.post(Events.events("ws-054", 1), "recorded").status());
        assertEquals(
                200,
                weir.get("support", "/v1/customers/cust-054/entitlements/llm_tokens")
                        .status());
        assertEquals(200, weir.management("/health/ready").status());
        used("ws-055", 10_000);
        String other = posting(bill("finance", "sub-055"));
        assertEquals(200, approve("approver", other).status());

        weir.erp().heal();
        posted(posting);
        posted(other);
        assertEquals(1, weir.erp().documents(document(posting)).size());
        assertEquals(1, weir.erp().documents(document(other)).size());
        Eventually.holds(
                "the breaker is closed",
                () -> weir.metric("weir_erp_breaker{vendor=\"netsuite\"}"),
                state -> state.signum() == 0);
    }

    @Test
    void an_answer_lost_after_the_erp_wrote_makes_no_second_document() {
        weir.erp().fault("drop_after_commit", 2);
        used("ws-056", 10_000);
        String posting = posting(bill("finance", "sub-056"));
        assertEquals(200, approve("approver", posting).status());
        posted(posting);
        List<JsonNode> documents = weir.erp().documents(document(posting));
        assertEquals(1, documents.size());
        assertEquals("1.00", documents.getFirst().get("total").stringValue());
    }

    @Test
    void a_document_for_a_closed_period_is_held_until_someone_retries_it() {
        weir.erp().fault("period_closed", 1);
        used("ws-057", 10_000);
        String posting = posting(bill("finance", "sub-057"));
        assertEquals(200, approve("approver", posting).status());
        Eventually.holds("held", () -> state(posting), "held"::equals);
        String document = document(posting);
        String exception = null;
        for (JsonNode item :
                weir.get("finance", "/v1/exceptions?limit=1000").json().get("items")) {
            if (item.toString().contains(document)) {
                exception = item.get("id").stringValue();
            }
        }
        Reply retried = weir.call("finance", "POST", "/v1/exceptions/" + exception + "/retry", null);
        assertEquals(202, retried.status(), exception + ": " + retried);
        posted(posting);
        assertEquals(1, weir.erp().documents(document).size());
    }

    @Test
    void a_bill_needs_a_span_that_makes_sense() {
        Reply backwards = weir.call(
                "finance",
                "POST",
                "/v1/billing-runs",
                Map.of(
                        "from",
                        hour.toString(),
                        "to",
                        hour.minus(Duration.ofHours(1)).toString()));
        assertEquals(422, backwards.status(), backwards.toString());
        assertEquals(
                422, weir.call("finance", "POST", "/v1/billing-runs", Map.of()).status());
        assertEquals(400, weir.call("finance", "POST", "/v1/billing-runs", "{").status());
        assertEquals(404, weir.get("finance", "/v1/postings/P-unknown").status());
        assertEquals(
                404,
                weir.call("finance", "POST", "/v1/exceptions/P-unknown/retry", null)
                        .status());
    }

    private void used(String subject, int outputTokens) {
        var event = Events.event(subject, 1, outputTokens);
        event.put("time", hour.minus(Duration.ofMinutes(90)).toString());
        assertEquals(200, weir.post(List.of(event), "recorded").status());
    }

    private Reply bill(String role, String subscription) {
        Reply run = weir.call(
                role,
                "POST",
                "/v1/billing-runs",
                Map.of(
                        "from", hour.minus(Duration.ofHours(2)).toString(),
                        "to", hour.toString(),
                        "subscriptions", List.of(subscription)));
        assertTrue(run.status() == 200 || run.status() == 201, run.toString());
        return run;
    }

    private static String posting(Reply run) {
        return run.json().get("postings").get(0).stringValue();
    }

    private Reply approve(String role, String posting) {
        return weir.call(role, "POST", "/v1/postings/" + posting + "/approval", Map.of("decision", "approve"));
    }

    private void posted(String posting) {
        Eventually.holds("posted", () -> state(posting), "posted"::equals);
    }

    private String state(String posting) {
        return weir.get("finance", "/v1/postings/" + posting)
                .json()
                .get("state")
                .stringValue();
    }

    private String document(String posting) {
        return weir.get("finance", "/v1/postings/" + posting)
                .json()
                .get("documents")
                .get(0)
                .get("externalId")
                .stringValue();
    }
}
