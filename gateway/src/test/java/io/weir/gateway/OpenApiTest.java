package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Error;
import io.vertx.core.Vertx;
import io.weir.policies.ValidateBody;
import io.weir.schemas.Json;
import io.weir.schemas.Scope;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The OpenAPI document in itself, and beside the list of routes; no server is asked. */
class OpenApiTest {
    private static final Pattern PARAMETER = Pattern.compile("\\{([a-zA-Z]+)}");
    private static final Set<String> BEHIND_A_CREDENTIAL = Set.of("401", "403", "421", "429", "503");
    private static final Set<String> WITH_A_BODY = Set.of("400", "408", "413", "415", "422");

    private static final Set<String> TAKING_EVENTS = Set.of("postEvents", "validateEvents", "loadBackfillSet");

    private final Contract contract = new Contract();

    @Test
    void each_route_is_one_operation_and_each_operation_one_route() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (UnconnectedRoutes routes = new UnconnectedRoutes(vertx)) {
            Map<String, String> listed = new TreeMap<>();
            for (Route route : routes.list()) {
                String path = route.path().replaceAll(":([a-zA-Z]+)", "{$1}");
                assertEquals(null, listed.put(route.operation(), route.method() + " " + path), "operation id twice");
            }
            Map<String, String> documented = new TreeMap<>();
            for (Contract.Operation operation : contract.operations()) {
                documented.put(operation.id(), operation.method() + " " + operation.path());
            }
            assertEquals(listed, documented);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    @Test
    void every_reference_leads_somewhere_and_every_component_is_referred_to() {
        Set<String> references = new TreeSet<>();
        references(contract.document(), references);
        for (String reference : references) {
            assertTrue(reference.startsWith("#/components/"), reference);
            assertTrue(!contract.document().at(reference.substring(1)).isMissingNode(), reference + " leads nowhere");
        }
        Set<String> components = contract.document().path("components").properties().stream()
                .filter(section -> !section.getKey().equals("securitySchemes"))
                .flatMap(section -> section.getValue().propertyNames().stream()
                        .map(name -> "#/components/" + section.getKey() + "/" + name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(components, references);
    }

    @Test
    void operations_document_what_their_policies_can_answer() {
        for (Contract.Operation operation : contract.operations()) {
            Set<String> statuses = operation.statuses();
            if (!operation.open()) {
                assertTrue(statuses.containsAll(BEHIND_A_CREDENTIAL), operation.id() + " has " + statuses);
            }
            if (operation.node().has("requestBody")) {
                assertTrue(statuses.containsAll(WITH_A_BODY), operation.id() + " has " + statuses);
            }
            assertTrue(statuses.stream().anyMatch(status -> status.startsWith("2")), operation.id());
            assertTrue(statuses.stream().noneMatch(status -> status.equals("500")), operation.id());
        }
    }

    @Test
    void operations_say_who_may_ask_what_and_with_which_parameters() {
        for (Contract.Operation operation : contract.operations()) {
            Set<String> scopes = new TreeSet<>();
            operation.node().path("security").forEach(one -> scopes.addAll(Contract.strings(one.path("apiKey"))));
            assertEquals(new TreeSet<>(operation.scopes()), scopes, operation.id());
            scopes.forEach(scope -> assertTrue(Scope.of(scope).isPresent(), scope));
            Set<String> named = PARAMETER
                    .matcher(operation.path())
                    .results()
                    .map(match -> match.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> documented = contract.parameters(operation, "path").stream()
                    .map(parameter -> parameter.path("name").asString())
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(named, documented, operation.id());
            assertTrue(operation.node().path("summary").asString("").length() > 5, operation.id());
        }
    }

    @Test
    void the_scopes_that_are_documented_are_those_that_routes_demand_and_each_says_what_strangers_get()
            throws Exception {
        Vertx vertx = Vertx.vertx();
        try (UnconnectedRoutes routes = new UnconnectedRoutes(vertx)) {
            Set<String> guarded = new TreeSet<>();
            for (Route route : routes.list()) {
                Set<String> demanded = route.anyOf().stream().map(Scope::text).collect(Collectors.toSet());
                Contract.Operation operation = contract.operation(route.operation());
                assertEquals(demanded, Set.copyOf(operation.scopes()), route.operation());
                assertEquals(demanded.isEmpty(), operation.open(), route.operation());
                if (!demanded.isEmpty()) {
                    guarded.add(route.operation());
                }
            }
            assertEquals(guarded, new TreeSet<>(Strangers.TABLE.keySet()), "Strangers has no line of a new operation");
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    /** Taking events is none: events have ids of their own. */
    @Test
    void every_command_takes_an_idempotency_key() {
        for (Contract.Operation operation : contract.operations()) {
            boolean command = operation.method().equals("POST") && !TAKING_EVENTS.contains(operation.id());
            boolean keyed = contract.parameters(operation, "header").stream()
                    .anyMatch(header -> header.path("name").asString().equals("Idempotency-Key"));
            assertEquals(command, keyed, operation.id());
            if (command) {
                assertTrue(operation.statuses().containsAll(Set.of("400", "409", "422")), operation.id());
            }
        }
    }

    @Test
    void every_schema_compiles() {
        contract.document()
                .at("/components/schemas")
                .propertyNames()
                .forEach(name -> contract.schema(name).initializeValidators());
    }

    @Test
    void every_example_is_what_its_schema_says() {
        List<String> wrong = new ArrayList<>();
        examples(contract.document(), "", wrong);
        assertEquals(List.of(), wrong);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "customer",
                "subscription",
                "grant",
                "billing-run",
                "approval",
                "access-tier",
                "api-key",
                "rotation",
                "role",
                "principal",
                "event-type-settings",
                "deprecation",
                "client-certificate",
                "token-subject",
                "resolution",
                "assignment",
                "bulk",
                "source-total",
                "replay",
                "backfill-set",
                "backfill-archive-day",
                "event-void"
            })
    void bodies_of_commands_are_closed_and_can_be_checked(String name) {
        assertNotNull(new ValidateBody(new BodySchemas().of(name)));
        JsonNode schema = contract.document().at("/components/schemas/" + name);
        assertEquals(false, schema.path("additionalProperties").asBoolean(true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'feature':'f','amount':'1','recurrence':'P1M'}",
                "{'feature':'f','amount':1}",
                "{'feature':'f','amount':'1e3'}",
                "{'feature':'f','amount':'-1'}",
                "{'feature':'f','amount':'1\\n'}",
                "{'feature':'','amount':'1'}",
                "{'feature':'a\\u0007','amount':'1'}",
                "{'feature':'f','amount':'1','effectiveAt':'2026-11-20'}",
                "{'feature':'f','amount':'1','effectiveAt':'2026-11-20T10:00:00'}",
                "{'amount':'1'}"
            })
    void a_grant_of_another_form_is_refused(String body) {
        List<Error> errors = contract.schema("grant").validate(Json.tree(body.replace('\'', '"')));
        assertTrue(!errors.isEmpty(), body);
    }

    @Test
    void what_the_document_calls_a_problem_type_is_explained() {
        Set<String> explained =
                new HashSet<>(contract.document().path("x-problem-types").propertyNames());
        Matcher named = Pattern.compile(Problems.TYPES + "([a-z-]+)")
                .matcher(contract.document().path("components").toString());
        while (named.find()) {
            assertTrue(explained.contains(named.group(1)), named.group());
        }
    }

    /** A canary: were the check of answers blind, the contract test would prove nothing. */
    @Test
    void an_answer_that_is_not_as_documented_is_found_out() {
        Contract.Operation feature = contract.operation("getFeature");
        String good = "{\"id\": \"f\", \"kind\": \"boolean\", \"revision\": 1}";
        Map<String, List<String>> headers =
                Map.of("X-Correlation-Id", List.of("0".repeat(32)), "Content-Type", List.of("application/json"));
        assertEquals(List.of(), contract.wrong(feature, 200, of(headers), good));
        assertEquals(1, contract.wrong(feature, 500, of(headers), good).size());
        assertEquals(
                1,
                contract.wrong(feature, 200, of(headers), good.replace("boolean", "vague"))
                        .size());
        assertEquals(
                1,
                contract.wrong(feature, 200, of(headers), good.replace("}", ", \"surprise\": 1}"))
                        .size());
        assertEquals(
                1,
                contract.wrong(feature, 200, of(Map.of("Content-Type", List.of("application/json"))), good)
                        .size());
        Map<String, List<String>> more = new TreeMap<>(headers);
        more.put("X-Secret", List.of("1"));
        assertEquals(1, contract.wrong(feature, 200, of(more), good).size());
        more.put("Content-Type", List.of("text/html"));
        assertEquals(2, contract.wrong(feature, 200, of(more), good).size());
    }

    private static HttpHeaders of(Map<String, List<String>> headers) {
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    private static void references(JsonNode node, Set<String> found) {
        if (node.has("$ref")) {
            found.add(node.get("$ref").asString());
        }
        node.forEach(child -> references(child, found));
    }

    /** Checks each media type's example against its schema. */
    private void examples(JsonNode node, String at, List<String> wrong) {
        JsonNode reference = node.at("/schema/$ref");
        if (node.has("example") && reference.isString() && reference.asString().startsWith("#/components/schemas/")) {
            String name = reference.asString().substring("#/components/schemas/".length());
            contract.schema(name).validate(node.get("example")).forEach(error -> wrong.add(at + ": " + error));
        }
        node.properties().forEach(child -> examples(child.getValue(), at + "/" + child.getKey(), wrong));
    }
}
