package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.gateway.Contract.Operation;
import io.weir.schemas.Json;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Documented answers that only one operation has, and what has to happen before each. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContractCasesTest {
    private final ContractRun run = new ContractRun();
    private final Contract contract = run.contract;
    private final RunningNode node = run.node;

    @AfterAll
    void leave_nothing_running() {
        run.close();
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
    void a_version_of_a_schema_is_never_another_and_is_compatible_with_the_last_one() {
        conflict("putEventSchema", "schema-exists", "{'type': 'object', 'title': 'another'}");
        Asking next = run.happy("putEventSchema").by(node.key("admin"));
        String url = next.url().replaceAll("1$", "2");
        HttpResponse<String> refused = new Asking("PUT", url, next.headers(), next.body())
                .body(Story.JSON, "{\"type\": \"object\", \"required\": [\"a\"]}")
                .ask();
        assertEquals(
                "/problems/incompatible-schema",
                Json.tree(refused.body()).path("type").asString());
        assertEquals(
                "/required", Json.tree(refused.body()).at("/errors/0/pointer").asString());
        run.asDocumented(contract.operation("putEventSchema"), 409, refused);
    }

    @Test
    void a_certificate_and_a_subject_stand_for_one_principal() {
        String who = "'principal': 'partner', 'scopes': [], 'tier': 'partner'}";
        conflict("putClientCertificate", "certificate-taken", "{'fingerprint': '" + "3".repeat(64) + "', " + who);
        conflict(
                "putTokenSubject",
                "subject-taken",
                "{'issuer': 'https://a.example', 'subject': '3', 'principal': 'partner'}");
        HttpResponse<String> answer = Asking.of("PUT", node.url() + "/v1/client-certificates/c-2")
                .by(node.key("admin"))
                .body(Story.JSON, ("{'fingerprint': '" + "4".repeat(64) + "', " + who).replace('\'', '"'))
                .ask();
        assertEquals(
                "/problems/certificate-revoked",
                Json.tree(answer.body()).path("type").asString());
        run.asDocumented(contract.operation("putClientCertificate"), 409, answer);
    }

    @Test
    void a_certificates_holder_and_tier_must_exist() {
        String body = "{'fingerprint': '" + "5".repeat(64) + "', 'principal': 'P', 'scopes': [], 'tier': 'T'}";
        for (String wrong : List.of("principal", "tier")) {
            String other = wrong.equals("tier") ? body.replace("'P'", "'partner'") : body.replace("'T'", "'partner'");
            HttpResponse<String> answer = run.happy("putClientCertificate")
                    .by(node.key("admin"))
                    .body(Story.JSON, other.replace('\'', '"'))
                    .ask();
            run.asDocumented(contract.operation("putClientCertificate"), 422, answer);
            assertEquals(
                    "/" + wrong,
                    Json.tree(answer.body()).at("/errors/0/pointer").asString());
        }
    }

    @Test
    void a_posting_is_decided_once_and_an_exception_resolved_once() {
        conflict("decidePosting", "posting-state", "{'decision': 'approve'}");
        conflict("resolveException", "exception-state", "{'resolution': 'fixed', 'comment': 'x'}");
    }

    @Test
    void an_event_whose_entry_is_not_kept_any_more_is_not_corrected() throws SQLException {
        Story.use(node, "gone-1", "ws-007");
        try (Connection database = node.database();
                Statement statement = database.createStatement()) {
            statement.execute("delete from entry_row where id = 'gone-1'");
        }
        conflict("voidEvent", "event-archived", "{'source': '/contract', 'id': 'gone-1', 'reason': 'x'}");
        Asking amend = run.happy("amendEvent").by(node.key("admin"));
        String gone = Objects.requireNonNull(amend.body()).replace("amend-1", "gone-1");
        run.expect(409, contract.operation("amendEvent"), amend.body(Story.EVENT, gone));
    }

    @Test
    void a_held_event_is_tried_again_and_a_conflict_is_not() {
        Operation retry = contract.operation("retryException");
        Asking held =
                Asking.of("POST", run.happy("getException").url() + "/retry").by(node.key("admin"));
        HttpResponse<String> tried = run.expect(200, retry, held);
        assertEquals("open", Json.tree(tried.body()).path("state").asString());
        String other = Story.event("story-2", "ws-002", Story.USED).replace("7000", "7001");
        run.happy("postEvents").by(node.key("backend")).body(Story.EVENT, other).ask();
        Asking list =
                Asking.of("GET", node.url() + "/v1/exceptions?reason=conflict").by(node.key("admin"));
        String conflict = Eventually.holds(
                "a conflict",
                () -> Json.tree(list.ask().body()).at("/items/0/id").asString(""),
                id -> !id.isEmpty());
        Asking again = Asking.of("POST", node.url() + "/v1/exceptions/" + conflict + "/retry")
                .by(node.key("admin"));
        HttpResponse<String> answer = run.expect(409, retry, again);
        assertEquals(
                "/problems/not-retriable", Json.tree(answer.body()).path("type").asString());
    }

    @Test
    void a_day_of_the_archive_is_confirmed_by_what_was_written() {
        Operation confirm = contract.operation("confirmArchiveDay");
        HttpResponse<String> answer = run.expect(
                409,
                confirm,
                run.happy(confirm).by(node.key("admin")).body(Story.JSON, "{\"sha256\": \"" + "b".repeat(64) + "\"}"));
        assertEquals(
                "/problems/other-content", Json.tree(answer.body()).path("type").asString());
        Asking another =
                Asking.of("GET", node.url() + "/v1/archive/days/yesterday").by(node.key("admin"));
        run.expect(404, contract.operation("getArchiveDay"), another);
    }

    @Test
    void what_needs_entries_that_have_left_says_so() {
        String hour = Story.ARCHIVED + "T12:00:00Z";
        String total = "{\"source\": \"/contract\", \"eventType\": \"llm.completion\", \"hour\": \"%s\", \"count\": 1}";
        Map<String, Asking> asked = Map.of(
                "getLineage", get("/v1/lineage?source=/contract&id=archived"),
                "getReconciliation", get("/v1/reconciliations?period=" + Story.ARCHIVED),
                "listBehindVariance", get("/v1/reconciliations/items?variance=held&period=" + Story.ARCHIVED),
                "putSourceTotal", run.happy("putSourceTotal").body(Story.JSON, total.formatted(hour)));
        asked.forEach((operation, asking) -> {
            HttpResponse<String> answer = run.expect(409, contract.operation(operation), asking.by(node.key("admin")));
            assertEquals(
                    "/problems/archived", Json.tree(answer.body()).path("type").asString());
        });
        String span = "&from=" + Story.ARCHIVED + "T11:00:00Z&to=" + Story.ARCHIVED;
        Operation usage = contract.operation("getUsage");
        run.expect(200, usage, get("/v1/usage?meter=llm_output_tokens" + span + "T12:15:00Z"));
        HttpResponse<String> cut =
                run.expect(422, usage, get("/v1/usage?meter=llm_output_tokens" + span + "T12:00:01Z"));
        assertEquals("/to", Json.tree(cut.body()).at("/errors/0/pointer").asString());
        JsonNode event = Json.tree(
                run.expect(200, contract.operation("getEvent"), get("/v1/events?source=/contract&id=archived"))
                        .body());
        assertEquals("archived", event.path("state").asString());
        assertEquals(
                Story.ARCHIVED + "/events.ndjson.gz", event.at("/archived/file").asString());
    }

    private Asking get(String path) {
        return Asking.of("GET", node.url() + path).by(node.key("admin"));
    }

    @Test
    void an_assignment_names_a_principal_of_the_tenant() {
        HttpResponse<String> answer = run.happy("assignException")
                .by(node.key("admin"))
                .body(Story.JSON, "{\"owner\": \"nobody at all\"}")
                .ask();
        run.asDocumented(contract.operation("assignException"), 422, answer);
    }

    @Test
    void events_are_listed_where_none_is_named() {
        run.expect(
                200,
                contract.operation("getEvent"),
                Asking.of("GET", node.url() + "/v1/events?customer=cust-001&limit=1")
                        .by(node.key("admin")));
    }

    @Test
    void roles_that_exclude_each_other_have_no_common_holder() {
        conflict("putPrincipal", "excluded-roles", "{'roles': ['finance', 'approver']}");
        conflict("putRole", "excluded-roles", "{'scopes': ['billing:read'], 'excludes': ['finance', 'both']}", () -> {
            for (String path : List.of("/v1/roles/both", "/v1/principals/both")) {
                String body = path.contains("roles/") ? "{'scopes': ['usage:read']}" : "{'roles': ['both', 'auditor']}";
                assertEquals(
                        201,
                        Asking.of("PUT", node.url() + path)
                                .by(node.key("admin"))
                                .body(Story.JSON, body.replace('\'', '"'))
                                .ask()
                                .statusCode());
            }
        });
        conflict("createApiKey", "excluded-roles", "{'name': 'both', 'roles': ['finance', 'approver']}");
    }

    @Test
    void only_an_active_key_is_rotated() {
        conflict("rotateApiKey", "key-state", "{}");
        HttpResponse<String> bare = Asking.of("POST", run.happy("rotateApiKey").url())
                .by(node.key("admin"))
                .ask();
        run.asDocumented(contract.operation("rotateApiKey"), 409, bare);
    }

    @Test
    void who_ran_the_billing_does_not_decide() {
        Story.use(node, "story-4", "ws-004");
        HttpResponse<String> charged =
                Eventually.holds("a charge", Story.charging(node, "admin")::ask, answer -> answer.statusCode() == 201);
        run.asDocumented(contract.operation("runBilling"), charged);
        String posting = Json.tree(charged.body()).at("/postings/0").asString();
        HttpResponse<String> answer = Asking.of("POST", node.url() + "/v1/postings/" + posting + "/approval")
                .body(Story.JSON, "{\"decision\": \"approve\"}")
                .by(node.key("admin"))
                .ask();
        assertEquals(
                "/problems/separation-of-duties",
                Json.tree(answer.body()).path("type").asString());
        run.asDocumented(contract.operation("decidePosting"), 403, answer);
    }

    @Test
    void events_are_answered_by_what_became_of_them() {
        Operation post = contract.operation("postEvents");
        Asking one = run.happy("postEvents").by(node.key("backend"));
        String good = Story.event("outcome-1", "ws-005", Story.USED);
        String bad = "{\"specversion\": \"1.0\", \"id\": \"\\u0000\", \"data\": {\"outputTokens\": -1}}";
        Asking recorded = new Asking("POST", one.url() + "?until=recorded", one.headers(), good);
        run.expect(200, post, recorded);
        run.expect(200, post, recorded.with("Prefer", "return=representation"));
        run.expect(207, post, recorded.body(Story.EVENT, good.replace("7000", "7001")));
        Asking mixed = one.body(Story.BATCH, "[" + good + "," + bad + "]");
        run.expect(207, post, mixed);
        run.expect(
                207,
                contract.operation("validateEvents"),
                new Asking("POST", one.url() + "/validation", mixed.headers(), mixed.body()));
        run.expect(422, post, mixed.with("Prefer", "handling=strict"));
        run.expect(422, post, new Asking("POST", one.url() + "?until=tomorrow", one.headers(), good));
        String many = IntStream.range(0, 1_001).mapToObj(i -> good).collect(Collectors.joining(",", "[", "]"));
        run.expect(413, post, one.body(Story.BATCH, many));
        run.expect(
                202,
                post,
                one.body(Story.JSON, "{\"model\": \"m\", \"region\": \"r\", \"inputTokens\": 1, \"outputTokens\": 1}")
                        .with("ce-specversion", "1.0")
                        .with("ce-id", "binary-1")
                        .with("ce-source", "/contract")
                        .with("ce-type", "llm.completion")
                        .with("ce-subject", "ws-005"));
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

    private void conflict(String operation, String kind, String body, Runnable before) {
        before.run();
        conflict(operation, kind, body);
    }

    private void conflict(String operation, String kind, String body) {
        HttpResponse<String> answer = run.happy(operation)
                .by(node.key("admin"))
                .body(Story.JSON, body.replace('\'', '"'))
                .ask();
        assertEquals(
                Problems.TYPES + kind, Json.tree(answer.body()).path("type").asString());
        run.asDocumented(contract.operation(operation), 409, answer);
    }
}
