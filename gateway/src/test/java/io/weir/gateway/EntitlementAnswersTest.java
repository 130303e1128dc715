package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a customer may do, as the answers say it. */
class EntitlementAnswersTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void an_answer_may_be_kept_as_long_as_it_says_and_asked_for_again_cheaply() {
        Reply first = check("cust-041", "llm_tokens");
        assertEquals(200, first.status(), first.toString());
        assertTrue(first.header("etag").startsWith("W/\""), first.header("etag"));
        assertEquals("private, max-age=1, stale-if-error=60", first.header("cache-control"));
        assertFalse(first.header("age").isEmpty());
        Reply again = weir.get(
                "support", "/v1/customers/cust-041/entitlements/llm_tokens", "If-None-Match", first.header("etag"));
        assertEquals(304, again.status(), again.toString());
        assertEquals("", again.body());
        assertEquals(first.header("etag"), again.header("etag"));
        assertFalse(again.header("cache-control").isEmpty());

        assertEquals(200, weir.post(Events.events("ws-041", 1), "recorded").status());
        Reply changed = weir.get(
                "support", "/v1/customers/cust-041/entitlements/llm_tokens", "If-None-Match", first.header("etag"));
        assertEquals(200, changed.status());
        assertEquals("5", changed.json().get("used").stringValue());
    }

    @Test
    void a_grant_adds_to_the_allowance_of_the_plan() {
        assertEquals(
                "1000000", check("cust-042", "llm_tokens").json().get("limit").stringValue());
        Map<String, Object> grant = Map.of(
                "feature", "llm_tokens",
                "amount", "500",
                "effectiveAt", Instant.now().minus(Duration.ofMinutes(1)).toString());
        Reply put = weir.call("admin", "PUT", "/v1/customers/cust-042/grants/extra", grant);
        assertEquals(201, put.status(), put.toString());
        Eventually.holds(
                "the limit includes the grant",
                () -> check("cust-042", "llm_tokens").json().get("limit").stringValue(),
                "1000500"::equals);
        assertEquals(
                200,
                weir.call("admin", "PUT", "/v1/customers/cust-042/grants/extra", grant)
                        .status());
    }

    @Test
    void a_static_feature_carries_its_configuration_and_a_boolean_one_is_on() {
        JsonNode models = check("cust-043", "model_access").json();
        assertEquals("static", models.get("kind").stringValue());
        assertEquals("m1", models.get("config").get("models").get(0).stringValue());
        JsonNode support = check("cust-043", "premium_support").json();
        assertEquals("boolean", support.get("kind").stringValue());
        assertEquals("enabled", support.get("reason").stringValue());
        assertTrue(support.get("granted").booleanValue());
    }

    @Test
    void what_is_used_up_is_not_granted_until_the_next_month() {
        assertEquals(
                200,
                weir.post(List.of(Events.event("ws-044", 1, 1_000_000)), "recorded")
                        .status());
        JsonNode answer = check("cust-044", "llm_tokens").json();
        assertFalse(answer.get("granted").booleanValue());
        assertEquals("limit_reached", answer.get("reason").stringValue());
        assertEquals("0", answer.get("remaining").stringValue());
        assertTrue(Instant.parse(answer.get("resetsAt").stringValue()).isAfter(Instant.now()));
    }

    @Test
    void a_product_may_ask_by_its_own_name_of_the_account() {
        Reply answer = weir.get("support", "/v1/entitlements/llm_tokens?subject=ws-045");
        assertEquals(200, answer.status(), answer.toString());
        assertEquals("cust-045", answer.json().get("customer").stringValue());
        assertEquals(
                404,
                weir.get("support", "/v1/entitlements/llm_tokens?subject=ws-of-nobody")
                        .status());
        assertEquals(422, weir.get("support", "/v1/entitlements/llm_tokens").status());
    }

    @Test
    void a_customer_or_a_feature_that_does_not_exist_is_not_found() {
        assertEquals(404, check("cust-of-nobody", "llm_tokens").status());
        assertEquals(404, check("cust-043", "teleportation").status());
    }

    @Test
    void a_grant_alone_entitles_a_customer_without_a_subscription() {
        assertEquals(
                201,
                weir.call(
                                "admin",
                                "PUT",
                                "/v1/customers/cust-granted",
                                Map.of("name", "Granted", "identities", List.of()))
                        .status());
        Eventually.holds(
                "the customer is known",
                () -> check("cust-granted", "llm_tokens").json().path("reason").asString(""),
                "no_entitlement"::equals);
        Map<String, Object> grant = Map.of("feature", "llm_tokens", "unlimited", true);
        Reply put = weir.call("admin", "PUT", "/v1/customers/cust-granted/grants/all", grant);
        assertEquals(201, put.status(), put.toString());
        Eventually.holds(
                "the grant counts",
                () -> check("cust-granted", "llm_tokens").json().get("reason").stringValue(),
                "unlimited"::equals);
    }

    private Reply check(String customer, String feature) {
        return weir.get("support", "/v1/customers/" + customer + "/entitlements/" + feature);
    }
}
