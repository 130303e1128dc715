package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A node whose limits are tiny, and how it refuses; and one with the limits that are shipped, which does not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FullNodeTest {
    private final RunningNode node = RunningNode.start(Map.of(
            "WEIR_OVERLOAD_INITIAL_LIMIT", "3",
            "WEIR_OVERLOAD_MIN_LIMIT", "1",
            "WEIR_OVERLOAD_MAX_LIMIT", "3",
            "WEIR_OVERLOAD_LAG_MILLIS", "60000",
            "WEIR_OVERLOAD_MAX_BODY_BYTES", "200000",
            "WEIR_OVERLOAD_MAX_TENANT_BODY_BYTES", "100000",
            "WEIR_HTTP_MAX_BODY_BYTES", "100000"));
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Contract contract = new Contract();

    @AfterAll
    void leave_nothing_running() {
        threads.close();
        node.close();
    }

    @Test
    void a_full_node_refuses_by_the_head_as_documented_and_takes_calls_again_afterwards() throws Exception {
        Asking check = asking("GET", "/v1/customers/cust-001/entitlements/llm_tokens");
        Asking post = asking("POST", "/v1/events?until=recorded")
                .body(Story.EVENT, Events.event("ws-001").toString());
        assertEquals(200, check.ask().statusCode());
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        try (Connection sql = node.database();
                Statement statement = sql.createStatement()) {
            sql.setAutoCommit(false);
            statement.execute("select pg_advisory_xact_lock(7214470003)");
            for (int i = 0; i < 3; i++) {
                Asking put = asking("PUT", "/v1/customers/full-" + i)
                        .body(Story.JSON, "{\"name\": \"x\", \"identities\": []}");
                waiting.add(CompletableFuture.supplyAsync(put::ask, threads));
            }
            HttpResponse<String> refused =
                    Eventually.holds("the node is full", check::ask, answer -> answer.statusCode() == 503);
            assertEquals(List.of(), contract.wrong(contract.operation("checkEntitlement"), refused));
            assertEquals(
                    "overload",
                    Json.tree(refused.body()).at("/violated-policies/0").asString());
            assertTrue(refused.headers().firstValue("Retry-After").orElse("").matches("[12]"));
            HttpResponse<String> event = post.ask();
            assertEquals(503, event.statusCode());
            assertEquals(List.of(), contract.wrong(contract.operation("postEvents"), event));
            assertEquals(200, asking("GET", "/docs").ask().statusCode(), "what is open is answered");
            kept();
        }
        for (CompletableFuture<HttpResponse<String>> put : waiting) {
            assertEquals(201, put.join().statusCode());
        }
        assertEquals(200, check.ask().statusCode());
        assertEquals(200, post.ask().statusCode());
        assertTrue(node.metric("weir_overload_refused_total{flow=\"usage\"}").intValue() >= 3);
    }

    /** A refused small body is dropped and its connection kept; one that asks first is not even sent. */
    private void kept() throws Exception {
        String head =
                "POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: " + Story.EVENT + "\r\nContent-Length: %d\r\n";
        try (RawCall call = new RawCall(node)) {
            call.send(head.formatted(10) + "\r\n12345").send("67890");
            String answer = call.head();
            assertTrue(answer.startsWith("HTTP/1.1 503"), answer);
            assertFalse(answer.toLowerCase(java.util.Locale.ROOT).contains("connection: close"), answer);
            call.send("GET /problems/not-found HTTP/1.1\r\nHost: weir\r\n\r\n");
            assertTrue(call.head().contains("HTTP/1.1 200"));
        }
        try (RawCall call = new RawCall(node)) {
            call.send(head.formatted(10) + "Expect: 100-continue\r\n\r\n");
            assertTrue(call.status().startsWith("HTTP/1.1 503"));
        }
    }

    @Test
    void bodies_have_a_budget_of_the_node_and_of_each_tenant() throws Exception {
        String head = "POST /v1/events HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer %s\r\nContent-Type: "
                + Story.EVENT + "\r\nContent-Length: 60000\r\nExpect: 100-continue\r\n\r\n";
        try (RawCall other = new RawCall(node)) {
            try (RawCall slow = new RawCall(node);
                    RawCall second = new RawCall(node)) {
                assertTrue(
                        slow.send(head.formatted(node.key("backend"))).status().contains(" 100 "));
                String refused =
                        second.send(head.formatted(node.key("backend"))).status();
                assertTrue(refused.contains(" 503 "), refused);
                assertTrue(
                        other.send(head.formatted(node.key("other"))).status().contains(" 100 "));
                assertEquals(120_000, node.metric("weir_http_body_bytes").intValue());
            }
            Eventually.holds(
                    "the slow one's room is free",
                    () -> node.metric("weir_http_body_bytes").intValue(),
                    held -> held == 60_000);
            try (RawCall again = new RawCall(node)) {
                assertTrue(
                        again.send(head.formatted(node.key("backend"))).status().contains(" 100 "));
            }
        }
        Eventually.holds(
                "all is free", () -> node.metric("weir_http_body_bytes").intValue(), held -> held == 0);
    }

    @Test
    void five_hundred_at_once_and_checks_of_64_connections_are_all_answered_by_a_node_as_it_is_shipped() {
        RunningNode shipped = RunningNode.shared();
        List<CompletableFuture<Integer>> statuses = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Asking post = Asking.of("POST", shipped.url() + "/v1/events?until=recorded")
                    .by(shipped.key("backend"))
                    .body(Story.EVENT, Events.event("ws-00" + i % 10).toString());
            statuses.add(CompletableFuture.supplyAsync(() -> post.ask().statusCode(), threads));
        }
        Asking check = Asking.of("GET", shipped.url() + "/v1/customers/cust-002/entitlements/llm_tokens")
                .by(shipped.key("support"));
        for (int connection = 0; connection < 64; connection++) {
            for (int i = 0; i < 5; i++) {
                statuses.add(CompletableFuture.supplyAsync(() -> check.ask().statusCode(), threads));
            }
        }
        List<Integer> other = statuses.stream()
                .map(CompletableFuture::join)
                .filter(status -> status != 200 && status != 202)
                .toList();
        assertEquals(List.of(), other);
        for (FlowClass flow : FlowClass.values()) {
            assertEquals(
                    0,
                    shipped.metric("weir_overload_refused_total{flow=\"" + flow.text() + "\"}")
                            .intValue());
        }
    }

    private Asking asking(String method, String path) {
        return Asking.of(method, node.url() + path).by(node.key("admin"));
    }
}
