package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a node tells of itself. */
class ManagementTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void a_serving_node_is_started_live_and_ready() {
        for (String path : List.of("/health/started", "/health/live", "/health/ready")) {
            assertEquals(200, weir.management(path).status(), path);
        }
        Reply ready = weir.management("/health/ready");
        assertTrue(ready.json().get("ready").booleanValue());
        assertEquals(0, ready.json().get("stalled").size(), ready.toString());
    }

    @Test
    void info_names_the_build() {
        Reply info = weir.management("/info");
        assertEquals(200, info.status());
        assertEquals("weir", info.json().get("name").stringValue());
    }

    @Test
    void metrics_are_told_without_any_tenant_or_customer() {
        assertEquals(200, weir.post(Events.events("ws-061", 1), "recorded").status());
        weir.get("support", "/v1/customers/cust-061/entitlements/llm_tokens");
        String metrics = weir.management("/metrics").body();
        for (String name : List.of(
                "weir_call_seconds_count{operation=\"postEvents\",outcome=\"ok\"}",
                "weir_ingest_events_total{outcome=\"recorded\"}",
                "weir_ledger_lag_events",
                "weir_loop_age_seconds{loop=\"ledger-0\"}",
                "weir_degraded{part=\"postgres\"}",
                "weir_erp_breaker{vendor=\"netsuite\"}",
                "jvm_memory_used_bytes")) {
            assertTrue(metrics.contains(name), name + " is missing");
        }
        for (String secret : List.of("cust-061", "ws-061", "demo", weir.key("backend"))) {
            assertTrue(!metrics.contains(secret), secret + " is in a metric");
        }
    }

    @Test
    void the_management_port_serves_no_api_and_the_api_port_no_management() {
        assertEquals(404, weir.management("/v1/usage").status());
        assertEquals(404, Http.call(weir.url(), "GET", "/metrics", null).status());
    }

    @Test
    void the_contract_is_served_with_its_problem_types() {
        Reply contract = Http.call(weir.url(), "GET", "/v1/openapi.json", null);
        assertEquals(200, contract.status());
        assertTrue(contract.json().get("openapi").stringValue().startsWith("3.1"));
        Reply refused = Http.call(weir.url(), "GET", "/v1/usage", null);
        Reply meaning = Http.call(weir.url(), "GET", refused.json().get("type").stringValue(), null);
        assertEquals(200, meaning.status(), meaning.toString());
    }
}
