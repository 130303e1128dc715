package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.weir.gateway.Contract.Operation;
import io.weir.schemas.Json;
import io.weir.schemas.Scope;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Every route, asked by every role, by nobody, and by those whom its objects do not belong to. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryRouteTest {
    /** What the demo's keys hold, as the API's description says. */
    private static final Map<String, Set<String>> DEMO = Map.of(
            "backend", Set.of("usage:write", "usage:read"),
            "support", Set.of("entitlements:read", "usage:read", "billing:read"),
            "partner", Set.of("usage:write", "usage:read", "entitlements:read"),
            "finance", Set.of("billing:read", "billing:run", "exceptions:write"),
            "approver", Set.of("billing:read", "billing:approve"),
            "admin", Set.of("admin"));

    private final ContractRun run = new ContractRun();
    private final RunningNode node = run.node;
    private final Map<String, Set<String>> keys = new LinkedHashMap<>();
    private String narrowed = "";

    @BeforeAll
    void make_a_key_for_each_role_and_each_scope() {
        DEMO.forEach((role, scopes) -> keys.put(node.key(role), scopes));
        node.call(
                "admin",
                "PUT",
                "/v1/access-tiers/partner",
                Map.of("requestsPerSecond", 9999, "requestsBurst", 9999, "eventsPerSecond", 9999, "eventsBurst", 9999));
        for (Scope scope : Scope.values()) {
            keys.put(
                    made(Map.of("name", "only " + scope.text(), "scopes", List.of(scope.text()))),
                    Set.of(scope.text()));
        }
        narrowed = made(Map.of("name", "narrowed", "scopes", List.of("admin"), "customers", List.of("cust-099")));
    }

    @AfterAll
    void leave_nothing_running() {
        run.close();
    }

    private String made(Map<String, Object> body) {
        Reply answer = node.call("admin", "POST", "/v1/api-keys", body);
        assertEquals(201, answer.status(), answer.toString());
        return answer.json().get("key").stringValue();
    }

    @TestFactory
    Stream<DynamicTest> each_role_may_ask_what_its_scopes_say_and_nothing_else() {
        return each(operation -> keys.forEach((key, scopes) -> {
            boolean may = operation.open()
                    || scopes.contains("admin")
                    || operation.scopes().stream().anyMatch(scopes::contains);
            HttpResponse<String> answer = harmless(operation).by(key).ask();
            String told = operation.id() + " with " + scopes + ": " + answer.statusCode() + " " + answer.body();
            assertNotEquals(401, answer.statusCode(), told);
            assertEquals(!may, answer.statusCode() == 403 && kind(answer).equals("/problems/forbidden"), told);
        }));
    }

    @TestFactory
    Stream<DynamicTest> nobody_may_ask_anything_that_is_not_open() {
        return each(operation -> {
            int expected = operation.open() ? 200 : 401;
            assertEquals(expected, run.happy(operation).ask().statusCode());
            String wrong = node.key("admin").substring(0, node.key("admin").length() - 4) + "0000";
            assertEquals(expected, run.happy(operation).by(wrong).ask().statusCode());
        });
    }

    @TestFactory
    Stream<DynamicTest> a_narrowed_key_gets_what_the_table_says() {
        return each(operation -> {
            if (!operation.open()) {
                Asking asking = run.happy(operation);
                gets(Strangers.of(operation.id()).narrowed(), operation, asking.by(narrowed));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> another_tenant_gets_what_the_table_says_and_changes_nothing() {
        Map<String, String> before = everything();
        return Stream.concat(
                each(operation -> {
                    if (!operation.open()) {
                        Asking asking = run.happy(operation);
                        gets(Strangers.of(operation.id()).otherTenant(), operation, asking.by(node.key("other")));
                    }
                }),
                Stream.of(
                        dynamicTest("nothing of the first tenant changed", () -> assertEquals(before, everything()))));
    }

    private static void gets(Strangers.Gets expected, Operation operation, Asking asking) {
        HttpResponse<String> answer = asking.ask();
        String told = operation.id() + ": " + answer.statusCode() + " " + answer.body();
        switch (expected) {
            case NOT_FOUND -> assertEquals(404, answer.statusCode(), told);
            case FORBIDDEN -> {
                assertEquals(403, answer.statusCode(), told);
                assertEquals("/problems/narrowed-credential", kind(answer), told);
            }
            case TAKEN -> assertEquals(409, answer.statusCode(), told);
            case INVALID -> assertEquals(422, answer.statusCode(), told);
            case NOTHING -> {
                assertEquals(200, answer.statusCode(), told);
                assertEquals(0, Json.tree(answer.body()).path("items").size(), told);
            }
            case ITS_OWN -> {
                assertEquals(2, answer.statusCode() / 100, told);
                for (String foreign : List.of("cust-001", "\"backend\"", "\"partner\"", "sub-001")) {
                    assertFalse(answer.body().contains(foreign), told);
                }
            }
            case THE_SAME -> assertEquals(2, answer.statusCode() / 100, told);
        }
    }

    /** All that the first tenant's lists and objects say, but for ages. */
    private Map<String, String> everything() {
        Map<String, String> all = new TreeMap<>();
        for (Operation operation : run.contract.operations()) {
            if (operation.method().equals("GET")
                    && !operation.open()
                    && !operation.id().equals("getUsage")) {
                Asking asking = run.happy(operation);
                String url = asking.url().replaceAll("limit=\\d+", "limit=1000");
                HttpResponse<String> answer =
                        Asking.of("GET", url).by(node.key("admin")).ask();
                String body = answer.body().replaceAll("\"(ageSeconds|asOf|source|correlationId)\":[^,}]+", "");
                all.put(operation.id(), answer.statusCode() + " " + body);
            }
        }
        assertTrue(all.size() > 20, all::toString);
        return all;
    }

    /** The same question, so that it changes nothing where it is admitted: half a body, or an object that is not there. */
    private Asking harmless(Operation operation) {
        Asking asking = run.happy(operation);
        if (operation.method().equals("GET")) {
            return asking;
        }
        String media = asking.headers().get("Content-Type");
        return media != null
                ? asking.body(media, "{")
                : Asking.of(asking.method(), node.url() + operation.path().replaceAll("\\{\\w+}", "none-such"));
    }

    private static String kind(HttpResponse<String> answer) {
        return answer.body().startsWith("{")
                ? Json.tree(answer.body()).path("type").asString("")
                : "";
    }

    private interface Check {
        void accept(Operation operation) throws Exception;
    }

    private Stream<DynamicTest> each(Check test) {
        return run.contract.operations().stream()
                .map(operation -> dynamicTest(operation.id(), () -> test.accept(operation)));
    }
}
