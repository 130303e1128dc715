package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is recorded is seen at once; what waits for its account is counted when the account is known. */
class FreshnessTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void usage_and_checks_asked_after_recorded_include_it_every_time() {
        for (int i = 1; i <= 30; i++) {
            assertEquals(
                    200,
                    weir.post(List.of(Events.event("ws-021", 1, 2)), "recorded").status());
            String expected = Integer.toString(2 * i);
            assertEquals(
                    expected,
                    weir.get("support", "/v1/customers/cust-021/entitlements/llm_tokens")
                            .json()
                            .get("used")
                            .stringValue());
            assertEquals(expected, total("llm_output_tokens", "cust-021"));
        }
    }

    @Test
    void a_check_asked_after_a_duplicate_is_told_as_recorded_includes_its_first_sending() {
        weir.get("support", "/v1/customers/cust-023/entitlements/llm_tokens");
        for (int i = 1; i <= 20; i++) {
            ObjectNode event = Events.event("ws-023", 1, 3);
            assertEquals(202, weir.post(List.of(event), "accepted").status());
            assertEquals(200, weir.post(List.of(event), "recorded").status());
            assertEquals(
                    Integer.toString(3 * i),
                    weir.get("support", "/v1/customers/cust-023/entitlements/llm_tokens")
                            .json()
                            .get("used")
                            .stringValue());
        }
    }

    @Test
    void an_event_of_an_unknown_account_is_held_and_counted_when_the_account_arrives() {
        String subject = "ws-arrives-" + Instant.now().toEpochMilli();
        ObjectNode event = Events.event(subject, 777, 1);
        assertEquals(200, weir.post(List.of(event), "recorded").status());
        JsonNode exceptions =
                weir.get("finance", "/v1/exceptions?limit=1000").json().get("items");
        assertTrue(texts(exceptions, "reason").contains("unmatched_account"), exceptions.toString());
        Reply usage = weir.get("backend", "/v1/usage?meter=llm_input_tokens");
        assertTrue(usage.json().get("heldEvents").intValue() >= 1, usage.toString());

        String customer = "cust-of-" + subject;
        Reply stored = weir.call(
                "admin",
                "PUT",
                "/v1/customers/" + customer,
                Map.of("name", "New", "identities", List.of(Map.of("system", "product", "key", subject))));
        assertEquals(201, stored.status(), stored.toString());
        Eventually.holds("it is counted", () -> total("llm_input_tokens", customer), "777"::equals);
        assertEquals(
                customer,
                weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event))
                        .json()
                        .get("customer")
                        .stringValue());
    }

    @Test
    void usage_is_told_by_window_zone_and_dimension() {
        Instant day = Instant.now().truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(2));
        List<ObjectNode> events = new ArrayList<>();
        events.add(at(day.plus(Duration.ofMinutes(605)), 1, "m1"));
        events.add(at(day.plus(Duration.ofMinutes(655)), 2, "m2"));
        events.add(at(day.plus(Duration.ofMinutes(670)), 4, "m1"));
        events.add(at(day.plus(Duration.ofMinutes(1_410)), 8, "m1"));
        assertEquals(200, weir.post(events, "recorded").status());

        String asked = "/v1/usage?meter=llm_output_tokens&customer=cust-022&from=" + day + "&to="
                + day.plus(Duration.ofDays(2));
        assertEquals(List.of("15"), texts(rows(asked), "value"));
        JsonNode hours = rows(asked + "&window=hour");
        assertEquals(List.of("3", "4", "8"), texts(hours, "value"));
        assertEquals(
                day.plus(Duration.ofHours(10)).toString(),
                hours.get(0).get("from").stringValue());
        assertEquals(List.of("15"), texts(rows(asked + "&window=day"), "value"));
        // 23:30 UTC is the next day in Berlin.
        assertEquals(List.of("7", "8"), texts(rows(asked + "&window=day&tz=Europe/Berlin"), "value"));
        List<String> byModel = new ArrayList<>();
        for (JsonNode row : rows(asked + "&groupBy=model")) {
            byModel.add(row.get("dimensions").get("model").stringValue() + "="
                    + row.get("value").stringValue());
        }
        assertEquals(List.of("m1=13", "m2=2"), byModel.stream().sorted().toList());
    }

    @Test
    void a_question_of_usage_that_cannot_be_answered_says_why() {
        assertEquals(422, weir.get("backend", "/v1/usage").status());
        assertEquals(404, weir.get("backend", "/v1/usage?meter=no_such_meter").status());
        assertEquals(
                422,
                weir.get("backend", "/v1/usage?meter=llm_requests&window=fortnight")
                        .status());
    }

    private static ObjectNode at(Instant time, int outputTokens, String model) {
        ObjectNode event = Events.event("ws-022", 1, outputTokens).put("time", time.toString());
        Events.data(event).put("model", model);
        return event;
    }

    private JsonNode rows(String path) {
        Reply answer = weir.get("backend", path);
        assertEquals(200, answer.status(), answer.toString());
        return answer.json().get("rows");
    }

    private String total(String meter, String customer) {
        JsonNode rows = rows("/v1/usage?meter=" + meter + "&customer=" + customer + "&from="
                + Instant.now().minus(Duration.ofDays(1)) + "&to="
                + Instant.now().plus(Duration.ofHours(1)));
        return rows.isEmpty() ? "" : rows.get(0).get("value").stringValue();
    }

    private static List<String> texts(JsonNode items, String name) {
        List<String> texts = new ArrayList<>();
        items.forEach(item -> texts.add(item.path(name).asString("")));
        return texts;
    }
}
