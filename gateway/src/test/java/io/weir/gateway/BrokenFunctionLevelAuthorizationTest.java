package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** OWASP API5:2023: nobody reaches a function that is not theirs, over any key, role or second key. */
class BrokenFunctionLevelAuthorizationTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void two_keys_of_one_principal_do_not_approve_what_it_ran() {
        Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
        var event = Events.event("ws-061", 1, 10_000);
        event.put("time", hour.minus(Duration.ofMinutes(90)).toString());
        assertEquals(200, weir.post(List.of(event), "recorded").status());
        stored(
                "PUT",
                "/v1/roles/both-hands",
                Map.of("scopes", List.of("billing:read", "billing:run", "billing:approve")));
        stored("PUT", "/v1/principals/zoe", Map.of("kind", "person", "roles", List.of("both-hands")));
        String runs = key(Map.of("principal", "zoe", "scopes", List.of("billing:run")));
        String approves = key(Map.of("principal", "zoe", "scopes", List.of("billing:approve")));
        Reply run = as(
                runs,
                "POST",
                "/v1/billing-runs",
                "{\"from\": \"%s\", \"to\": \"%s\", \"subscriptions\": [\"sub-061\"]}"
                        .formatted(hour.minus(Duration.ofHours(2)), hour));
        assertEquals(201, run.status(), run.toString());
        String decision = "/v1/postings/" + run.json().at("/postings/0").stringValue() + "/approval";
        Reply own = as(approves, "POST", decision, "{\"decision\": \"approve\"}");
        assertEquals(403, own.status(), own.toString());
        assertEquals("/problems/separation-of-duties", own.json().get("type").stringValue());
        Reply another = weir.call("approver", "POST", decision, Map.of("decision", "reject"));
        assertEquals(200, another.status(), another.toString());
    }

    @Test
    void nobody_holds_roles_that_exclude_each_other() {
        Reply both = weir.call(
                "admin",
                "PUT",
                "/v1/principals/max",
                Map.of("kind", "person", "roles", List.of("finance", "approver")));
        assertEquals(409, both.status(), both.toString());
        assertEquals("/problems/excluded-roles", both.json().get("type").stringValue());
        assertTrue(both.json().get("detail").stringValue().contains("finance"), both.toString());
        assertEquals(404, weir.get("admin", "/v1/principals/max").status());
        stored("PUT", "/v1/principals/max", Map.of("kind", "person", "roles", List.of("finance")));
        Reply later = weir.call("admin", "PUT", "/v1/principals/max", Map.of("roles", List.of("approver", "finance")));
        assertEquals(409, later.status(), later.toString());
    }

    @Test
    void a_key_is_given_no_scope_that_its_principal_does_not_hold() {
        Reply beyond = weir.call(
                "admin",
                "POST",
                "/v1/api-keys",
                Map.of("principal", "finance", "scopes", List.of("billing:read", "billing:approve")));
        assertEquals(422, beyond.status(), beyond.toString());
        assertEquals("/scopes/1", beyond.json().at("/errors/0/pointer").stringValue());
    }

    @Test
    void a_principal_that_is_mistyped_is_not_made() {
        Map<String, Object> mistyped = Map.of("principal", "finanze", "scopes", List.of("billing:read"));
        Reply refused = weir.call("admin", "POST", "/v1/api-keys", mistyped);
        assertEquals(422, refused.status(), refused.toString());
        assertEquals("/principal", refused.json().at("/errors/0/pointer").stringValue());
        assertEquals(404, weir.get("admin", "/v1/principals/finanze").status());
    }

    @Test
    void the_last_principal_with_admin_keeps_it() {
        assertEquals(
                201,
                weir.call("other", "PUT", "/v1/roles/looking", "{\"scopes\": [\"usage:read\"]}")
                        .status());
        for (String path : List.of("/v1/roles/other", "/v1/principals/other")) {
            String body = path.contains("roles/") ? "{\"scopes\": [\"usage:read\"]}" : "{\"roles\": [\"looking\"]}";
            Reply refused = weir.call("other", "PUT", path, body);
            assertEquals(409, refused.status(), refused.toString());
            assertEquals("/problems/last-admin", refused.json().get("type").stringValue());
        }
        String deputy = "/v1/principals/deputy";
        assertEquals(
                201,
                weir.call("other", "PUT", deputy, "{\"roles\": [\"other\"]}").status());
        assertEquals(
                200,
                weir.call("other", "PUT", deputy, "{\"roles\": [\"looking\"]}").status());
    }

    @Test
    void what_a_role_loses_every_key_of_its_principals_loses() {
        stored("PUT", "/v1/roles/reader", Map.of("scopes", List.of("usage:read", "catalog:read")));
        String key = key(Map.of(
                "principal",
                "reading",
                "kind",
                "service",
                "roles",
                List.of("reader"),
                "scopes",
                List.of("usage:read")));
        assertEquals(200, as(key, "GET", "/v1/usage?meter=llm_requests", null).status());
        stored("PUT", "/v1/roles/reader", Map.of("scopes", List.of("catalog:read")));
        assertEquals(403, as(key, "GET", "/v1/usage?meter=llm_requests", null).status());
    }

    @Test
    void a_narrowed_key_makes_no_keys_that_are_not() {
        String narrow = key(Map.of("name", "narrow", "scopes", List.of("admin"), "system", "crm"));
        Reply escape = as(narrow, "POST", "/v1/api-keys", "{\"name\": \"escape\", \"scopes\": [\"admin\"]}");
        assertEquals(403, escape.status(), escape.toString());
        assertEquals("/problems/narrowed-credential", escape.json().get("type").stringValue());
        assertEquals(200, as(narrow, "GET", "/v1/customers", null).status());
    }

    private String key(Map<String, Object> body) {
        return stored("POST", "/v1/api-keys", body).json().get("key").stringValue();
    }

    private Reply stored(String method, String path, Map<String, Object> body) {
        Reply answer = weir.call("admin", method, path, body);
        assertEquals(2, answer.status() / 100, answer.toString());
        return answer;
    }

    private Reply as(String key, String method, String path, @org.jspecify.annotations.Nullable String body) {
        return Http.call(
                weir.url(), method, path, body, "Authorization", "Bearer " + key, "Content-Type", "application/json");
    }
}
