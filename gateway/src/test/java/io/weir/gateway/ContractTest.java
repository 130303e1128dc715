package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.weir.gateway.Contract.Operation;
import io.weir.local.LocalStack;
import io.weir.schemas.Json;
import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** A running node beside the OpenAPI document: each operation answers as documented, and in no other way. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContractTest {
    /** Keys that hold a few scopes each; for every operation one of them lacks what it needs. */
    private static final Map<String, Set<String>> ROLES = Map.of(
            "backend", Set.of("usage:write", "usage:read"),
            "support", Set.of("entitlements:read", "usage:read", "billing:read"),
            "approver", Set.of("billing:read", "billing:approve"));

    /** Lists in which a tenant that holds nothing but its key finds something: its own. */
    private static final Set<String> OF_EVERY_TENANT =
            Set.of("listAccessTiers", "listApiKeys", "listRoles", "listPrincipals");

    private final ContractRun run = new ContractRun();
    private final Contract contract = run.contract;
    private final RunningNode node = run.node;
    /** Holds what the roles do not need. */
    private final String other = node.newKey("standard", "catalog:read");

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterAll
    void leave_nothing_running() {
        threads.close();
        run.close();
    }

    @Test
    void every_operation_is_asked_here() {
        assertEquals(
                contract.operations().stream().map(Operation::id).collect(Collectors.toCollection(TreeSet::new)),
                new TreeSet<>(run.questions().keySet()));
    }

    @TestFactory
    Stream<DynamicTest> every_operation_answers_as_documented() {
        return each(any -> true, operation -> {
            HttpResponse<String> answer = run.answered(operation);
            assertEquals(2, answer.statusCode() / 100, answer.body());
            run.asDocumented(operation, answer);
        });
    }

    @TestFactory
    Stream<DynamicTest> without_a_known_key_nothing_is_told() {
        return each(operation -> !operation.open(), operation -> {
            run.expect(401, operation, run.happy(operation));
            run.expect(401, operation, run.happy(operation).by("weir_local_nobody_nothing"));
        });
    }

    @TestFactory
    Stream<DynamicTest> a_key_without_the_scope_is_refused() {
        return each(operation -> !operation.open(), operation -> {
            String role = ROLES.entrySet().stream()
                    .filter(held -> operation.scopes().stream().noneMatch(held.getValue()::contains))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(other);
            run.expect(403, operation, run.happy(operation).by(node.key(role)));
        });
    }

    @TestFactory
    Stream<DynamicTest> objects_of_another_tenant_do_not_exist() {
        Set<String> own = Set.of("putCustomer", "putSubscription", "validateEvents", "postEvents");
        return each(
                operation -> operation.statuses().contains("404") && !operation.open() && !own.contains(operation.id()),
                operation -> run.expect(404, operation, run.happy(operation).by(node.key("other"))));
    }

    @TestFactory
    Stream<DynamicTest> lists_of_another_tenant_are_empty() {
        return each(
                operation -> operation.id().startsWith("list")
                        && !OF_EVERY_TENANT.contains(operation.id())
                        && !operation.statuses().contains("404"),
                operation -> {
                    HttpResponse<String> answer =
                            run.expect(200, operation, run.happy(operation).by(node.key("other")));
                    assertEquals(0, Json.tree(answer.body()).path("items").size(), answer.body());
                });
    }

    @TestFactory
    Stream<DynamicTest> what_the_caller_has_is_not_sent_again() {
        return each(operation -> operation.statuses().contains("304"), operation -> {
            Asking asking = run.happy(operation).by(node.key("admin"));
            String etag = asking.ask().headers().firstValue("ETag").orElseThrow();
            run.expect(304, operation, asking.with("If-None-Match", etag));
        });
    }

    @TestFactory
    Stream<DynamicTest> what_is_stored_already_is_stored_again_without_a_change() {
        return each(operation -> operation.method().equals("PUT"), operation -> {
            HttpResponse<String> again =
                    run.expect(200, operation, run.happy(operation).by(node.key("admin")));
            assertEquals(
                    run.answered(operation).headers().firstValue("ETag"),
                    again.headers().firstValue("ETag"));
            // What is always there, such as the owners of fields, is never new.
            int first = operation.statuses().contains("201") ? 201 : 200;
            assertEquals(first, run.answered(operation).statusCode());
        });
    }

    @TestFactory
    Stream<DynamicTest> another_revision_is_not_written_over() {
        return each(
                operation -> operation.statuses().contains("412"),
                operation -> run.expect(
                        412,
                        operation,
                        run.happy(operation).by(node.key("admin")).with("If-Match", "\"999999\"")));
    }

    @TestFactory
    Stream<DynamicTest> bodies_of_the_wrong_form_are_refused() {
        return each(operation -> operation.node().has("requestBody"), operation -> {
            Asking asking = run.happy(operation).by(node.key("admin"));
            String media = Objects.requireNonNull(asking.headers().get("Content-Type"));
            run.expect(415, operation, asking.body("text/plain", "hello"));
            run.expect(415, operation, asking.with("Content-Encoding", "br"));
            run.expect(400, operation, asking.body(media, "{\"half\": "));
            run.expect(422, operation, asking.body(media, wrong(operation, media)));
            run.asDocumented(
                    operation, 413, asking.body(media, "x".repeat(5_000_000)).askFirst());
        });
    }

    /** JSON that the operation cannot take; a schema may have members that nobody knows. */
    private static String wrong(Operation operation, String media) {
        return media.equals(Story.BATCH)
                ? "[{}]"
                : operation.id().equals("putEventSchema") ? "{\"type\": 1}" : "{\"surprise\": 1}";
    }

    @TestFactory
    Stream<DynamicTest> a_tier_that_is_used_up_is_told_when_to_come_back() {
        return each(operation -> !operation.open(), operation -> {
            change("update role set scopes = '{admin}' where role = 'partner'", "demo");
            change("update api_key set scopes = '{admin}' where principal = 'partner'", "demo");
            Asking asking = run.happy(operation).by(node.key("partner"));
            HttpResponse<String> answer = Eventually.holds("enough", asking::ask, one -> one.statusCode() == 429);
            run.asDocumented(operation, answer);
            assertTrue(answer.headers().firstValue("Retry-After").isPresent());
        });
    }

    /** Parameters that no caller means: each is answered in a documented way, and none makes the node fail. */
    @TestFactory
    Stream<DynamicTest> strange_parameters_are_answered_as_documented() {
        List<String> strange = List.of("%00", "%F0%9F%8C%8A", "a".repeat(600), "%27%20or%201%3D1", "-1", "%ff");
        return each(any -> true, operation -> {
            for (String value : strange) {
                for (JsonNode parameter : contract.parameters(operation, "query")) {
                    Asking asking = run.happy(operation);
                    String name = parameter.path("name").asString();
                    String rest = asking.url().replaceAll("([?&])" + name + "=[^&]*&?", "$1");
                    String url = rest + (rest.contains("?") ? "&" : "?") + name + "=" + value;
                    run.asDocumented(
                            operation,
                            new Asking(asking.method(), url, asking.headers(), asking.body())
                                    .by(node.key("admin"))
                                    .ask());
                }
                for (JsonNode parameter : contract.parameters(operation, "path")) {
                    run.asDocumented(
                            operation,
                            strangePath(operation, parameter.path("name").asString(), value));
                }
            }
        });
    }

    private HttpResponse<String> strangePath(Operation operation, String name, String value) {
        Asking asking = run.happy(operation);
        String[] documented = operation.path().split("/", -1);
        String[] asked = asking.url().substring(node.url().length()).split("[/?]", -1);
        String path = IntStream.range(0, documented.length)
                .mapToObj(i -> documented[i].equals("{" + name + "}") ? value : asked[i])
                .collect(Collectors.joining("/"));
        String query =
                asking.url().contains("?") ? asking.url().substring(asking.url().indexOf('?')) : "";
        return new Asking(asking.method(), node.url() + path + query, asking.headers(), asking.body())
                .by(node.key("admin"))
                .ask();
    }

    @TestFactory
    Stream<DynamicTest> a_body_that_does_not_come_is_not_waited_for() {
        return each(operation -> operation.node().has("requestBody"), operation -> {
            String head =
                    "%s %s HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 100\r\nConnection: close\r\n\r\n{";
            String path = URI.create(run.happy(operation).url()).getPath();
            raw(408, operation, head.formatted(operation.method(), path, node.key("admin")));
        });
    }

    @TestFactory
    Stream<DynamicTest> a_malformed_escape_is_unreadable() {
        String head = "%s %s HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n";
        return each(
                operation -> !operation.node().has("requestBody")
                        && operation.statuses().contains("400"),
                operation -> {
                    for (JsonNode parameter : contract.parameters(operation, "path")) {
                        String path = operation
                                .path()
                                .replace("{" + parameter.path("name").asString() + "}", "%zz");
                        raw(
                                400,
                                operation,
                                head.formatted(operation.method(), path.replaceAll("[{}]", ""), node.key("admin")));
                    }
                    for (JsonNode parameter : contract.parameters(operation, "query")) {
                        String path = URI.create(run.happy(operation).url()).getRawPath();
                        String query = "?" + parameter.path("name").asString() + "=%zz";
                        raw(400, operation, head.formatted(operation.method(), path + query, node.key("admin")));
                    }
                });
    }

    private void raw(int status, Operation operation, String request) {
        RawAnswer answer = RawAnswer.to(URI.create(node.url()), request);
        assertEquals(status, answer.status(), answer::body);
        assertEquals(List.of(), contract.wrong(operation, answer.status(), answer.headers(), answer.body()));
    }

    @Test
    void a_tenant_of_another_region_is_sent_there() throws SQLException {
        Asking other = run.happy("getUsage").by(node.key("other"));
        change("update tenant set region = 'elsewhere' where tenant = 'other'", "other");
        Eventually.holds("the move is known", other::ask, one -> one.statusCode() == 421);
        for (Operation operation : contract.operations()) {
            if (!operation.open()) {
                run.expect(421, operation, run.happy(operation).by(node.key("other")));
            }
        }
        change("update tenant set region = 'local' where tenant = 'other'", "other");
        Eventually.holds("the move back is known", other::ask, one -> one.statusCode() == 404);
    }

    /** Changes credentials as an operator would, past the API. */
    private void change(String sql, String tenant) throws SQLException {
        try (Connection database = node.database();
                Statement statement = database.createStatement()) {
            statement.execute(sql);
            statement.execute("insert into change (tenant, kind) values ('" + tenant + "', 'CREDENTIAL')");
        }
    }

    @Test
    void without_postgres_each_operation_says_so_or_answers_all_the_same() {
        List<Operation> asked = contract.operations();
        knowsAllChanges();
        LocalStack.shared().stopPostgres();
        try {
            List<CompletableFuture<HttpResponse<String>>> answers = asked.stream()
                    .map(operation ->
                            CompletableFuture.supplyAsync(run.happy(operation).by(node.key("admin"))::ask, threads))
                    .toList();
            Set<String> unavailable = new TreeSet<>();
            for (int i = 0; i < asked.size(); i++) {
                HttpResponse<String> answer = answers.get(i).join();
                run.asDocumented(asked.get(i), answer);
                if (answer.statusCode() == 503) {
                    assertTrue(answer.headers().firstValue("Retry-After").isPresent());
                    unavailable.add(asked.get(i).id());
                }
            }
            assertTrue(unavailable.containsAll(Set.of("getUsage", "putCustomer", "runBilling")), unavailable::toString);
            assertTrue(!unavailable.contains("postEvents"), "events go to the log");
            assertTrue(!unavailable.contains("checkEntitlement"), "what is in memory is answered");
        } finally {
            LocalStack.shared().startPostgres();
        }
        Operation list = contract.operation("listPostings");
        Eventually.holds(
                "it is back", run.happy(list).by(node.key("admin"))::ask, answer -> answer.statusCode() == 200);
    }

    /** The node has heard of what other tests changed, and has read again what that made it forget. */
    private void knowsAllChanges() {
        Instant now = Instant.now();
        Eventually.holds(
                "changes are known",
                run.happy("checkEntitlement").by(node.key("admin"))::ask,
                answer -> Instant.parse(Json.tree(answer.body()).path("asOf").asString())
                        .isAfter(now));
        assertEquals(202, run.happy("postEvents").by(node.key("admin")).ask().statusCode());
    }

    /** What is checked of an operation. */
    private interface Check {
        void accept(Operation operation) throws Exception;
    }

    private Stream<DynamicTest> each(Predicate<Operation> which, Check test) {
        return contract.operations().stream()
                .filter(which)
                .map(operation -> dynamicTest(operation.id(), () -> test.accept(operation)));
    }
}
