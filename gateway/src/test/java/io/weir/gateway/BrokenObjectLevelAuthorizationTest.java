package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** OWASP API1:2023: a credential reaches its tenant's objects, and a narrowed one its customers', however they are asked for. */
class BrokenObjectLevelAuthorizationTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void a_key_narrowed_to_customers_sees_those_and_no_others() {
        String key = narrowed("cust-063", "cust-064");
        for (String path : List.of(
                "/v1/customers/%s",
                "/v1/customers/%s/entitlements/llm_tokens",
                "/v1/subscriptions/sub-%3$s",
                "/v1/entitlements/llm_tokens?subject=ws-%3$s",
                "/v1/charges?customer=%s",
                "/v1/subscriptions?customer=%s",
                "/v1/usage?meter=llm_requests&customer=%s")) {
            assertEquals(200, status(key, path.formatted("cust-063", "", "063")), path);
            int other = status(key, path.formatted("cust-065", "", "065"));
            assertEquals(path.contains("?customer") || path.contains("&customer") ? 403 : 404, other, path);
        }
        for (String path :
                List.of("/v1/charges", "/v1/usage?meter=llm_requests&groupBy=customer", "/v1/subscriptions")) {
            assertEquals(403, status(key, path), path);
        }
        Set<String> seen = new TreeSet<>();
        get(key, "/v1/customers")
                .json()
                .get("items")
                .forEach(one -> seen.add(one.get("id").stringValue()));
        assertEquals(Set.of("cust-063", "cust-064"), seen);
    }

    @Test
    void what_a_narrowed_key_may_not_see_looks_as_if_it_did_not_exist() {
        String key = narrowed("cust-063");
        Reply another = get(key, "/v1/customers/cust-065");
        Reply nobody = get(key, "/v1/customers/cust-nobody");
        assertEquals(404, another.status());
        assertEquals(another.json().get("detail"), nobody.json().get("detail"));
        String usage = "/v1/usage?meter=llm_requests&customer=cust-063&subscription=";
        assertEquals(200, status(key, usage + "sub-063"));
        Reply others = get(key, usage + "sub-065");
        Reply none = get(key, usage + "sub-nobody");
        assertEquals(404, others.status());
        assertEquals(404, none.status());
        assertEquals(
                none.json().get("detail").stringValue(),
                others.json().get("detail").stringValue().replace("sub-065", "sub-nobody"));
        ObjectNode event = Events.event("ws-065");
        assertEquals(200, weir.post(List.of(event), "recorded").status());
        String found = "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event);
        assertEquals(200, weir.get("backend", found).status());
        assertEquals(404, status(key, found));
    }

    @Test
    void the_same_key_in_another_tenant_is_another_object() throws SQLException {
        try (Connection sql = weir.database();
                Statement statement = sql.createStatement()) {
            statement.execute(
                    "insert into tenant (tenant, organisation, name, region) values ('third', 'other', 'T', 'local')");
            statement.execute(
                    "insert into access_tier (tenant, tier, requests_per_second, requests_burst, events_per_second,"
                            + " events_burst) values ('third', 'standard', 1000, 1000, 1000, 1000)");
        }
        String third = weir.newKeyOf("third", "standard", "admin");
        Reply before = weir.get("admin", "/v1/customers/cust-066");
        Reply own = weir.call(third, "PUT", "/v1/customers/cust-066", Map.of("name", "Mine", "identities", List.of()));
        assertEquals(201, own.status(), own.toString());
        assertEquals(before.body(), weir.get("admin", "/v1/customers/cust-066").body());
        Reply mine = weir.get(third, "/v1/customers/cust-066");
        assertEquals("Mine", mine.json().get("name").stringValue());
        assertFalse(mine.body().contains("ws-066"), mine.toString());
    }

    private String narrowed(String... customers) {
        Reply made = weir.call(
                "admin",
                "POST",
                "/v1/api-keys",
                Map.of(
                        "name",
                        "partner of " + customers.length,
                        "scopes",
                        List.of("usage:read", "entitlements:read", "catalog:read", "billing:read"),
                        "customers",
                        List.of(customers)));
        assertEquals(201, made.status(), made.toString());
        return made.json().get("key").stringValue();
    }

    private int status(String key, String path) {
        return get(key, path).status();
    }

    private Reply get(String key, String path) {
        return Http.call(weir.url(), "GET", path, null, "Authorization", "Bearer " + key);
    }
}
