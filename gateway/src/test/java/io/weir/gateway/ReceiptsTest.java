package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the answer to posted events says of each of them. */
class ReceiptsTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void one_event_is_accepted_with_202() {
        Reply answer = single(Events.event("ws-011"));
        assertEquals(202, answer.status(), answer.toString());
        assertEquals("accepted=1 recorded=0 duplicates=0 conflicts=0 rejected=0", answer.counts());
    }

    @Test
    void recorded_is_answered_with_200() {
        Reply answer = weir.post(Events.events("ws-011", 3), "recorded");
        assertEquals(200, answer.status(), answer.toString());
        assertEquals("accepted=0 recorded=3 duplicates=0 conflicts=0 rejected=0", answer.counts());
    }

    @Test
    void a_repeated_event_is_a_duplicate_and_the_answer_is_200() {
        List<ObjectNode> event = List.of(Events.event("ws-011"));
        weir.post(event, "recorded");
        Reply again = weir.post(event, "recorded");
        assertEquals(200, again.status());
        assertEquals("accepted=0 recorded=0 duplicates=1 conflicts=0 rejected=0", again.counts());
        assertEquals("duplicate", status(again, 0));
    }

    @Test
    void the_same_id_with_other_content_is_a_conflict_and_the_answer_is_207() {
        ObjectNode event = Events.event("ws-011");
        weir.post(List.of(event), "recorded");
        ObjectNode changed = event.deepCopy();
        Events.data(changed).put("inputTokens", 11);
        Reply answer = weir.post(List.of(changed), "recorded");
        assertEquals(207, answer.status(), answer.toString());
        assertEquals("accepted=0 recorded=0 duplicates=0 conflicts=1 rejected=0", answer.counts());
        assertEquals("conflict", status(answer, 0));
    }

    @Test
    void a_wrong_event_hinders_no_other_and_is_answered_with_a_pointer() {
        Reply answer =
                weir.post(List.of(Events.event("ws-011"), Events.wrong("ws-011"), Events.event("ws-011")), "accepted");
        assertEquals(207, answer.status(), answer.toString());
        assertEquals("accepted=2 recorded=0 duplicates=0 conflicts=0 rejected=1", answer.counts());
        JsonNode receipt = answer.json().get("receipts").get(0);
        assertEquals(1, receipt.get("index").intValue());
        assertEquals("rejected", receipt.get("status").stringValue());
        assertEquals("/data/inputTokens", pointer(receipt));
    }

    @Test
    void only_wrong_events_are_refused_with_422() {
        Reply answer = weir.post(List.of(Events.wrong("ws-011")), "accepted");
        assertEquals(422, answer.status(), answer.toString());
        assertEquals("application/problem+json", answer.header("content-type"));
        assertEquals(1, answer.json().get("rejected").intValue());
        assertEquals("/data/inputTokens", pointer(answer.json().get("receipts").get(0)));
    }

    @Test
    void strict_handling_takes_nothing_when_one_event_is_wrong() {
        ObjectNode good = Events.event("ws-011");
        Reply answer = weir.post(List.of(good, Events.wrong("ws-011")), "recorded", "Prefer", "handling=strict");
        assertEquals(422, answer.status(), answer.toString());
        assertEquals("not_taken", status(answer, 0));
        assertEquals("rejected", status(answer, 1));
        assertEquals(
                "accepted=0 recorded=1 duplicates=0 conflicts=0 rejected=0",
                weir.post(List.of(good), "recorded").counts());
    }

    @Test
    void every_event_is_listed_in_order_when_the_caller_prefers_the_representation() {
        ObjectNode twice = Events.event("ws-011");
        weir.post(List.of(twice), "recorded");
        List<ObjectNode> sent = List.of(Events.event("ws-011"), Events.wrong("ws-012"), twice, Events.event("ws-013"));
        Reply answer = weir.post(sent, "recorded", "Prefer", "return=representation");
        assertEquals("return=representation", answer.header("preference-applied"));
        List<String> statuses = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
            JsonNode receipt = answer.json().get("receipts").get(i);
            assertEquals(i, receipt.get("index").intValue());
            assertEquals(Events.id(sent.get(i)), receipt.get("id").stringValue());
            statuses.add(receipt.get("status").stringValue());
        }
        assertEquals(List.of("recorded", "rejected", "duplicate", "recorded"), statuses);
    }

    @Test
    void counts_are_disjoint_and_sum_to_the_events_sent() {
        ObjectNode known = Events.event("ws-014");
        weir.post(List.of(known), "recorded");
        ObjectNode conflicting = known.deepCopy();
        Events.data(conflicting).put("outputTokens", 77);
        ObjectNode twice = Events.event("ws-014");
        Reply answer = weir.post(
                List.of(known, conflicting, twice, twice, Events.wrong("ws-014"), Events.event("ws-015")), "recorded");
        assertEquals(207, answer.status());
        assertEquals("accepted=0 recorded=2 duplicates=2 conflicts=1 rejected=1", answer.counts());
    }

    @Test
    void the_attributes_may_come_in_headers() {
        ObjectNode event = Events.event("ws-011");
        Reply answer = weir.call(
                "backend",
                "POST",
                "/v1/events?until=recorded",
                Json.text(event.get("data")),
                "ce-specversion",
                "1.0",
                "ce-id",
                Events.id(event),
                "ce-source",
                Events.SOURCE,
                "ce-type",
                "llm.completion",
                "ce-subject",
                "ws-011",
                "ce-time",
                event.get("time").stringValue());
        assertEquals(200, answer.status(), answer.toString());
        // It is the same event as in structured mode.
        Reply again = weir.post(List.of(event), "recorded");
        assertEquals("accepted=0 recorded=0 duplicates=1 conflicts=0 rejected=0", again.counts());
    }

    @Test
    void a_batch_may_have_1000_events_and_not_one_more() {
        Reply most = weir.post(Events.events("ws-016", 1_000), "recorded");
        assertEquals(200, most.status());
        assertEquals("accepted=0 recorded=1000 duplicates=0 conflicts=0 rejected=0", most.counts());
        Reply more = weir.post(Events.events("ws-016", 1_001), "accepted");
        assertEquals(413, more.status(), more.toString());
        assertEquals("application/problem+json", more.header("content-type"));
    }

    @Test
    void a_body_that_cannot_be_read_is_refused_with_400() {
        for (String body : List.of("{oops", "", "[{}", "{\"specversion\":\"1.0\"} {}")) {
            Reply answer =
                    weir.call("backend", "POST", "/v1/events", body, "Content-Type", "application/cloudevents+json");
            assertEquals(400, answer.status(), body + ": " + answer);
            assertEquals("application/problem+json", answer.header("content-type"));
        }
    }

    @Test
    void another_media_type_is_refused_with_415_that_names_those_taken() {
        Reply answer = weir.call("backend", "POST", "/v1/events", "a,b", "Content-Type", "text/csv");
        assertEquals(415, answer.status(), answer.toString());
        assertTrue(answer.header("accept-post").contains("application/cloudevents-batch+json"), answer.toString());
        Reply coded = weir.call(
                "backend",
                "POST",
                "/v1/events",
                "x",
                "Content-Type",
                "application/cloudevents+json",
                "Content-Encoding",
                "br");
        assertEquals(415, coded.status(), coded.toString());
    }

    @Test
    void what_could_never_be_counted_is_rejected_with_a_pointer_to_it() {
        assertRejected("/type", Events.event("ws-011").put("type", "unknown.type"));
        assertRejected("/time", Events.event("ws-011").put("time", ago(Duration.ofDays(36))));
        assertRejected("/time", Events.event("ws-011").put("time", ago(Duration.ofMinutes(-6))));
        assertRejected("/time", Events.event("ws-011").put("time", "yesterday"));
        assertRejected("/specversion", Events.event("ws-011").put("specversion", "0.3"));
        assertRejected("/id", Events.event("ws-011").put("id", ""));
        assertRejected("/source", Events.event("ws-011").put("source", "a\nb"));
        ObjectNode nobody = Events.event("ws-011");
        nobody.remove("subject");
        assertRejected("/subject", nobody);
        ObjectNode unknown = Events.event("ws-011");
        Events.data(unknown).put("colour", "blue");
        assertRejected("/data/colour", unknown);
    }

    @Test
    void an_event_may_name_its_subscription_instead_of_a_subject() {
        ObjectNode event = Events.event("ws-017", 3, 4);
        event.remove("subject");
        Events.data(event).put("subscription", "sub-017");
        assertEquals(200, weir.post(List.of(event), "recorded").status());
        JsonNode recorded = weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event))
                .json();
        assertEquals("cust-017", recorded.get("customer").stringValue());
        assertEquals("sub-017", recorded.get("subscription").stringValue());
    }

    @Test
    void an_event_as_old_as_35_days_is_counted() {
        ObjectNode event =
                Events.event("ws-011").put("time", ago(Duration.ofDays(35).minusMinutes(5)));
        assertEquals(200, weir.post(List.of(event), "recorded").status());
    }

    @Test
    void a_dry_run_answers_the_same_and_takes_nothing() {
        ObjectNode event = Events.event("ws-011");
        Reply dry = weir.call(
                "backend",
                "POST",
                "/v1/events/validation",
                List.of(event, Events.wrong("ws-011")),
                "Content-Type",
                "application/cloudevents-batch+json");
        assertEquals(207, dry.status(), dry.toString());
        assertEquals("accepted=1 recorded=0 duplicates=0 conflicts=0 rejected=1", dry.counts());
        assertEquals(
                "accepted=0 recorded=1 duplicates=0 conflicts=0 rejected=0",
                weir.post(List.of(event), "recorded").counts());
    }

    @Test
    void until_must_be_accepted_or_recorded() {
        Reply answer = weir.post(Events.events("ws-011", 1), "posted");
        assertEquals(422, answer.status(), answer.toString());
        assertEquals("/until", answer.json().get("errors").get(0).get("pointer").stringValue());
    }

    @Test
    void an_event_keeps_the_trace_that_it_came_with() {
        ObjectNode event = Events.event("ws-011");
        Reply answer = weir.post(
                List.of(event), "recorded", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", answer.header("x-correlation-id"));
        assertEquals(
                "4bf92f3577b34da6a3ce929d0e0e4736",
                weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event))
                        .json()
                        .get("correlation")
                        .stringValue());
    }

    private Reply single(ObjectNode event) {
        return weir.call("backend", "POST", "/v1/events", event, "Content-Type", "application/cloudevents+json");
    }

    private void assertRejected(String pointer, ObjectNode event) {
        Reply answer = single(event);
        assertEquals(422, answer.status(), pointer + ": " + answer);
        assertEquals(pointer, pointer(answer.json().get("receipts").get(0)));
    }

    private static String status(Reply answer, int receipt) {
        return answer.json().get("receipts").get(receipt).get("status").stringValue();
    }

    private static String pointer(JsonNode receipt) {
        return receipt.get("problem").get("errors").get(0).get("pointer").stringValue();
    }

    private static String ago(Duration time) {
        return Instant.now().minus(time).toString();
    }
}
