package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.gateway.Contract.Operation;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * OWASP API9:2023: what is served is what is documented, in versions that are stated, and nothing else. That the list of
 * routes and the document are the same is {@link OpenApiTest}'s.
 */
class ImproperInventoryManagementTest {
    private final RunningNode weir = RunningNode.shared();
    private final Contract contract = new Contract();

    @Test
    void every_documented_operation_is_served() {
        for (Operation operation : contract.operations()) {
            String path = operation.path().replaceAll("\\{[a-zA-Z]+}", "none");
            Reply answer = Http.call(weir.url(), operation.method(), path, null);
            String type =
                    answer.body().startsWith("{") ? answer.json().path("type").asString("") : "";
            assertNotEquals("/problems/unknown-route", type, operation.id());
            assertNotEquals(405, answer.status(), operation.id());
        }
    }

    @Test
    void methods_beside_the_documented_ones_are_refused_and_the_others_named() {
        Set<String> paths =
                contract.operations().stream().map(Operation::path).collect(Collectors.toCollection(TreeSet::new));
        for (String path : paths) {
            Set<String> methods = contract.operations().stream()
                    .filter(operation -> operation.path().equals(path))
                    .map(Operation::method)
                    .collect(Collectors.toCollection(TreeSet::new));
            Reply answer = weir.call("admin", "PATCH", path.replaceAll("\\{[a-zA-Z]+}", "none"), null);
            assertEquals(405, answer.status(), path);
            assertTrue(
                    List.of(answer.header("Allow").split(", ")).containsAll(methods),
                    path + ": " + answer.header("Allow"));
        }
    }

    @Test
    void nothing_is_served_for_debugging_or_left_from_a_framework() {
        for (String path : List.of(
                "/",
                "/v0",
                "/v0/events",
                "/v1",
                "/v1/",
                "/v2/events",
                "/internal",
                "/debug",
                "/debug/pprof",
                "/actuator",
                "/actuator/env",
                "/admin",
                "/console",
                "/metrics",
                "/health",
                "/swagger-ui",
                "/swagger.json",
                "/api-docs",
                "/graphql",
                "/.env",
                "/.git/config",
                "/favicon.ico",
                "/test",
                "/beta/events",
                "/v1/debug",
                "/v1/internal",
                "/eventbus",
                "/V1/usage")) {
            Reply answer = weir.get("admin", path);
            assertTrue(
                    answer.status() == 404 || answer.status() == 410 || answer.status() == 401,
                    path + ": " + answer.status());
            assertFalse(answer.body().contains("Exception"), path);
        }
    }

    @Test
    void an_unknown_version_is_answered_with_those_that_there_are() {
        Reply answer = weir.get("admin", "/v99/usage");
        assertEquals(404, answer.status());
        assertTrue(answer.body().contains("v1"), answer.toString());
    }

    @Test
    void the_document_states_its_version_and_who_may_ask_what() {
        JsonNode served = Http.call(weir.url(), "GET", "/v1/openapi.json", null).json();
        assertFalse(served.at("/info/version").asString("").isEmpty());
        for (Operation operation : contract.operations()) {
            assertTrue(operation.open() || !operation.scopes().isEmpty(), operation.id() + " names no scope");
        }
    }
}
