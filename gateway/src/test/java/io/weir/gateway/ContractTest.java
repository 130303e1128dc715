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
import java.util.LinkedHashMap;
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
import org.junit.jupiter.api.BeforeAll;
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

    private final Contract contract = new Contract();
    /** A question for each operation that succeeds, without a key. */
    private final Map<String, Asking> happy = new LinkedHashMap<>();
    /** What it was answered with, asked in that order. */
    private final Map<String, HttpResponse<String>> answers = new LinkedHashMap<>();

    /** One of its own, since its partner's tier is used up here; a body has a second to come, so that its lateness can be seen. */
    private final RunningNode node = RunningNode.start(Map.of("WEIR_HTTP_BODY_TIMEOUT_MILLIS", "1000"));

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeAll
    void ask_everything_once() {
        Story story = Story.happen(node);
        questions(story);
        happy.forEach((operation, asking) ->
                answers.put(operation, asking.by(node.key("admin")).ask()));
    }

    private void questions(Story story) {
        String c = "/v1/customers/";
        get("checkEntitlement", c + "cust-001/entitlements/llm_tokens");
        happy.put("postEvents", body("POST", "/v1/events", Story.EVENT, Story.event("one", "ws-003", Instant.now())));
        happy.put(
                "validateEvents",
                body(
                        "POST",
                        "/v1/events/validation",
                        Story.BATCH,
                        "[" + Story.event("no", "ws-003", Instant.now()) + "]"));
        get("getEvent", "/v1/events?source=/contract&id=story-1");
        get("getUsage", "/v1/usage?meter=llm_output_tokens&customer=cust-001&window=day&groupBy=region,subscription");
        get("checkEntitlementOfSubject", "/v1/entitlements/model_access?subject=ws-001");
        put(
                "putGrant",
                c + "cust-001/grants/g-1",
                "{'feature': 'llm_tokens', 'amount': '50000.5', 'expiresAt': '2099-01-01T00:00:00Z'}");
        get("getGrant", c + "cust-001/grants/g-1");
        put(
                "putCustomer",
                c + "new-1",
                "{'name': 'New', 'identities': [{'system': 'crm', 'key': 'x-1'}], 'parent': 'cust-001'}");
        get("getCustomer", c + "cust-001");
        get("listCustomers", "/v1/customers?limit=2");
        put(
                "putSubscription",
                "/v1/subscriptions/new-1",
                "{'customer': 'cust-009', 'plan': 'standard', 'from': '2026-01-01T00:00:00Z', 'to': '2099-01-01T00:00:00Z', 'currency': 'USD'}");
        get("getSubscription", "/v1/subscriptions/sub-001");
        get("listSubscriptions", "/v1/subscriptions?customer=cust-001");
        get("getPlan", "/v1/plans/standard");
        get("getPrice", "/v1/prices/llm-output-tokens/versions/1");
        get("getFeature", "/v1/features/llm_tokens");
        get("getMeter", "/v1/meters/llm_output_tokens");
        get("listMeters", "/v1/meters");
        get("listEventTypes", "/v1/event-types");
        get("getEventSchema", "/v1/event-types/llm.completion/schemas/1");
        post("runBilling", "/v1/billing-runs", "{'from': '2026-01-01T00:00:00Z', 'to': '2026-01-02T00:00:00Z'}");
        get("listCharges", "/v1/charges?limit=1");
        get("listPostings", "/v1/postings?limit=1");
        get("getPosting", "/v1/postings/" + story.posting());
        get("listPostingAttempts", "/v1/postings/" + story.posting() + "/attempts");
        post(
                "decidePosting",
                "/v1/postings/" + story.awaiting() + "/approval",
                "{'decision': 'reject', 'comment': 'no'}");
        get("listExceptions", "/v1/exceptions?limit=1");
        get("getException", "/v1/exceptions/" + story.event());
        happy.put("retryException", Asking.of("POST", node.url() + "/v1/exceptions/" + story.document() + "/retry"));
        get("getOpenApi", "/v1/openapi.json");
        get("getProblem", "/problems/not-found");
    }

    @AfterAll
    void leave_nothing_running() {
        threads.close();
        node.close();
    }

    @Test
    void every_operation_is_asked_here() {
        assertEquals(
                contract.operations().stream().map(Operation::id).collect(Collectors.toCollection(TreeSet::new)),
                new TreeSet<>(happy.keySet()));
    }

    @TestFactory
    Stream<DynamicTest> every_operation_answers_as_documented() {
        return each(any -> true, operation -> {
            HttpResponse<String> answer = answered(operation);
            assertEquals(2, answer.statusCode() / 100, answer.body());
            asDocumented(operation, answer);
        });
    }

    @TestFactory
    Stream<DynamicTest> without_a_known_key_nothing_is_told() {
        return each(operation -> !operation.open(), operation -> {
            expect(401, operation, happy(operation));
            expect(401, operation, happy(operation).by("weir_local_nobody_nothing"));
        });
    }

    @TestFactory
    Stream<DynamicTest> a_key_without_the_scope_is_refused() {
        return each(operation -> !operation.open(), operation -> {
            String role = ROLES.entrySet().stream()
                    .filter(held -> operation.scopes().stream().noneMatch(held.getValue()::contains))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElseThrow();
            expect(403, operation, happy(operation).by(node.key(role)));
        });
    }

    @TestFactory
    Stream<DynamicTest> objects_of_another_tenant_do_not_exist() {
        Set<String> own = Set.of("putCustomer", "putSubscription", "validateEvents", "postEvents");
        return each(
                operation -> operation.statuses().contains("404") && !operation.open() && !own.contains(operation.id()),
                operation -> expect(404, operation, happy(operation).by(node.key("other"))));
    }

    @TestFactory
    Stream<DynamicTest> lists_of_another_tenant_are_empty() {
        return each(
                operation -> operation.id().startsWith("list")
                        && !operation.statuses().contains("404"),
                operation -> {
                    HttpResponse<String> answer =
                            expect(200, operation, happy(operation).by(node.key("other")));
                    assertEquals(0, Json.tree(answer.body()).path("items").size(), answer.body());
                });
    }

    @TestFactory
    Stream<DynamicTest> what_the_caller_has_is_not_sent_again() {
        return each(operation -> operation.statuses().contains("304"), operation -> {
            Asking asking = happy(operation).by(node.key("admin"));
            String etag = asking.ask().headers().firstValue("ETag").orElseThrow();
            expect(304, operation, asking.with("If-None-Match", etag));
        });
    }

    @TestFactory
    Stream<DynamicTest> what_is_stored_already_is_stored_again_without_a_change() {
        return each(operation -> operation.method().equals("PUT"), operation -> {
            HttpResponse<String> again = expect(200, operation, happy(operation).by(node.key("admin")));
            assertEquals(
                    answered(operation).headers().firstValue("ETag"),
                    again.headers().firstValue("ETag"));
            assertEquals(201, answered(operation).statusCode());
        });
    }

    @TestFactory
    Stream<DynamicTest> another_revision_is_not_written_over() {
        return each(
                operation -> operation.statuses().contains("412"),
                operation -> expect(
                        412, operation, happy(operation).by(node.key("admin")).with("If-Match", "\"999999\"")));
    }

    @TestFactory
    Stream<DynamicTest> bodies_of_the_wrong_form_are_refused() {
        return each(operation -> operation.node().has("requestBody"), operation -> {
            Asking asking = happy(operation).by(node.key("admin"));
            String media = Objects.requireNonNull(asking.headers().get("Content-Type"));
            expect(415, operation, asking.body("text/plain", "hello"));
            expect(415, operation, asking.with("Content-Encoding", "br"));
            expect(400, operation, asking.body(media, "{\"half\": "));
            expect(422, operation, asking.body(media, media.equals(Story.BATCH) ? "[{}]" : "{\"surprise\": 1}"));
            asDocumented(
                    operation, 413, asking.body(media, "x".repeat(5_000_000)).askFirst());
        });
    }

    @TestFactory
    Stream<DynamicTest> a_tier_that_is_used_up_is_told_when_to_come_back() {
        return each(operation -> !operation.open(), operation -> {
            change("update api_key set scopes = '{admin}' where principal = 'partner'", "demo");
            Asking asking = happy(operation).by(node.key("partner"));
            HttpResponse<String> answer = Eventually.holds("enough", asking::ask, one -> one.statusCode() == 429);
            asDocumented(operation, answer);
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
                    Asking asking = happy(operation);
                    String name = parameter.path("name").asString();
                    String rest = asking.url().replaceAll("([?&])" + name + "=[^&]*&?", "$1");
                    String url = rest + (rest.contains("?") ? "&" : "?") + name + "=" + value;
                    asDocumented(
                            operation,
                            new Asking(asking.method(), url, asking.headers(), asking.body())
                                    .by(node.key("admin"))
                                    .ask());
                }
                for (JsonNode parameter : contract.parameters(operation, "path")) {
                    asDocumented(
                            operation,
                            strangePath(operation, parameter.path("name").asString(), value));
                }
            }
        });
    }

    private HttpResponse<String> strangePath(Operation operation, String name, String value) {
        Asking asking = happy(operation);
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

    @Test
    void an_identity_and_a_contract_belong_to_one_customer() {
        conflict(
                "putCustomer",
                "identity-taken",
                "{'name': 'x', 'identities': [{'system': 'product', 'key': 'ws-001'}]}");
        conflict(
                "putSubscription",
                "contract-taken",
                "{'customer': 'cust-010', 'contract': 'sub-001', 'plan': 'standard', 'from': '2026-01-01T00:00:00Z', 'currency': 'USD'}");
    }

    @Test
    void a_posting_is_decided_once_and_an_event_is_not_retried() {
        conflict("decidePosting", "posting-state", "{'decision': 'approve'}");
        String event = happy("getException").url() + "/retry";
        HttpResponse<String> answer =
                Asking.of("POST", event).by(node.key("admin")).ask();
        assertEquals(
                "/problems/not-retriable", Json.tree(answer.body()).path("type").asString());
        asDocumented(contract.operation("retryException"), 409, answer);
    }

    @Test
    void who_ran_the_billing_does_not_decide() {
        Story.use(node, "story-4", "ws-004");
        HttpResponse<String> run =
                Eventually.holds("a charge", Story.charging(node, "admin")::ask, answer -> answer.statusCode() == 201);
        asDocumented(contract.operation("runBilling"), run);
        String posting = Json.tree(run.body()).at("/postings/0").asString();
        HttpResponse<String> answer = body(
                        "POST", "/v1/postings/" + posting + "/approval", Story.JSON, "{\"decision\": \"approve\"}")
                .by(node.key("admin"))
                .ask();
        assertEquals(
                "/problems/separation-of-duties",
                Json.tree(answer.body()).path("type").asString());
        asDocumented(contract.operation("decidePosting"), 403, answer);
    }

    @Test
    void events_are_answered_by_what_became_of_them() {
        Operation post = contract.operation("postEvents");
        Asking one = happy("postEvents").by(node.key("backend"));
        String good = Story.event("outcome-1", "ws-005", Story.USED);
        String bad = "{\"specversion\": \"1.0\", \"id\": \"\\u0000\", \"data\": {\"outputTokens\": -1}}";
        Asking recorded = new Asking("POST", one.url() + "?until=recorded", one.headers(), good);
        expect(200, post, recorded);
        expect(200, post, recorded.with("Prefer", "return=representation"));
        expect(207, post, recorded.body(Story.EVENT, good.replace("7000", "7001")));
        Asking mixed = one.body(Story.BATCH, "[" + good + "," + bad + "]");
        expect(207, post, mixed);
        expect(
                207,
                contract.operation("validateEvents"),
                new Asking("POST", one.url() + "/validation", mixed.headers(), mixed.body()));
        expect(422, post, mixed.with("Prefer", "handling=strict"));
        expect(422, post, new Asking("POST", one.url() + "?until=tomorrow", one.headers(), good));
        String many = IntStream.range(0, 1_001).mapToObj(i -> good).collect(Collectors.joining(",", "[", "]"));
        expect(413, post, one.body(Story.BATCH, many));
        expect(
                202,
                post,
                one.body(Story.JSON, "{\"model\": \"m\", \"region\": \"r\", \"inputTokens\": 1, \"outputTokens\": 1}")
                        .with("ce-specversion", "1.0")
                        .with("ce-id", "binary-1")
                        .with("ce-source", "/contract")
                        .with("ce-type", "llm.completion")
                        .with("ce-subject", "ws-005"));
    }

    @TestFactory
    Stream<DynamicTest> a_body_that_does_not_come_is_not_waited_for() {
        return each(operation -> operation.node().has("requestBody"), operation -> {
            String head =
                    "%s %s HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 100\r\nConnection: close\r\n\r\n{";
            String path = URI.create(happy(operation).url()).getPath();
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
                        String path = URI.create(happy(operation).url()).getRawPath();
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
        Asking other = happy("getUsage").by(node.key("other"));
        change("update tenant set region = 'elsewhere' where tenant = 'other'", "other");
        Eventually.holds("the move is known", other::ask, one -> one.statusCode() == 421);
        for (Operation operation : contract.operations()) {
            if (!operation.open()) {
                expect(421, operation, happy(operation).by(node.key("other")));
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
        LocalStack.shared().stopPostgres();
        try {
            List<CompletableFuture<HttpResponse<String>>> answers = asked.stream()
                    .map(operation ->
                            CompletableFuture.supplyAsync(happy(operation).by(node.key("admin"))::ask, threads))
                    .toList();
            Set<String> unavailable = new TreeSet<>();
            for (int i = 0; i < asked.size(); i++) {
                HttpResponse<String> answer = answers.get(i).join();
                asDocumented(asked.get(i), answer);
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
        Eventually.holds("it is back", happy(list).by(node.key("admin"))::ask, answer -> answer.statusCode() == 200);
    }

    @Test
    void what_is_not_there_is_a_problem_too() {
        HttpResponse<String> path = Asking.of("GET", node.url() + "/v2/usage").ask();
        assertEquals(404, path.statusCode());
        HttpResponse<String> method =
                Asking.of("DELETE", node.url() + "/v1/usage").ask();
        assertEquals(405, method.statusCode());
        assertEquals("GET", method.headers().firstValue("Allow").orElse(""));
        for (HttpResponse<String> answer : List.of(path, method)) {
            assertEquals(
                    "application/problem+json",
                    answer.headers().firstValue("Content-Type").orElse(""));
            assertTrue(
                    contract.schema("problem")
                            .validate(Json.tree(answer.body()))
                            .isEmpty(),
                    answer.body());
        }
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

    private HttpResponse<String> answered(Operation operation) {
        return Objects.requireNonNull(answers.get(operation.id()));
    }

    private Asking happy(Operation operation) {
        return happy(operation.id());
    }

    private Asking happy(String operation) {
        return Objects.requireNonNull(happy.get(operation));
    }

    private void conflict(String operation, String kind, String body) {
        HttpResponse<String> answer = happy(operation)
                .by(node.key("admin"))
                .body(Story.JSON, body.replace('\'', '"'))
                .ask();
        assertEquals(
                Problems.TYPES + kind, Json.tree(answer.body()).path("type").asString());
        asDocumented(contract.operation(operation), 409, answer);
    }

    private HttpResponse<String> expect(int status, Operation operation, Asking asking) {
        HttpResponse<String> answer = asking.ask();
        asDocumented(operation, status, answer);
        return answer;
    }

    private void asDocumented(Operation operation, int status, HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode(), () -> operation.id() + ": " + answer.body());
        asDocumented(operation, answer);
    }

    private void asDocumented(Operation operation, HttpResponse<String> answer) {
        assertEquals(
                List.of(),
                contract.wrong(operation, answer),
                () -> answer.request().uri().toString());
    }

    private void get(String operation, String path) {
        happy.put(operation, Asking.of("GET", node.url() + path));
    }

    private void put(String operation, String path, String body) {
        happy.put(operation, body("PUT", path, Story.JSON, body.replace('\'', '"')));
    }

    private void post(String operation, String path, String body) {
        happy.put(operation, body("POST", path, Story.JSON, body.replace('\'', '"')));
    }

    private Asking body(String method, String path, String mediaType, String content) {
        return Asking.of(method, node.url() + path).body(mediaType, content);
    }
}
