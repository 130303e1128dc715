package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** What the audit trail tells of acts that were done over the API. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuditTest {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final RunningNode weir = RunningNode.start(Map.of());

    @AfterAll
    void leave_nothing_running() {
        weir.close();
    }

    private JsonNode last(String query) {
        Reply reply = weir.get("admin", "/v1/audit?limit=1&" + query);
        assertEquals(200, reply.status(), reply::toString);
        return reply.json().path("items").path(0);
    }

    private void put(String path, String body, int status) {
        Reply reply = weir.call("admin", "PUT", path, body.replace('\'', '"'), "traceparent", TRACE);
        assertEquals(status, reply.status(), reply::toString);
    }

    @Test
    void a_customer_that_is_created_and_changed_is_told_with_what_was_before() {
        put("/v1/customers/au-1", "{'name': 'One', 'identities': [{'system': 'crm', 'key': 'au-1'}]}", 201);
        JsonNode created = last("object=au-1");
        assertEquals("customer-created", created.path("act").asString());
        assertEquals("customer", created.path("kind").asString());
        assertEquals("admin", created.path("principal").asString());
        assertTrue(weir.key("admin").contains("_" + created.path("credential").asString() + "_"), created::toString);
        assertEquals(
                "4bf92f3577b34da6a3ce929d0e0e4736", created.path("correlation").asString());
        assertTrue(created.path("before").isMissingNode());
        assertEquals("au-1", created.at("/after/identities/0/key").asString());

        put("/v1/customers/au-1", "{'name': 'Two', 'identities': []}", 200);
        JsonNode changed = last("object=au-1");
        assertEquals("customer-changed", changed.path("act").asString());
        assertEquals(created.path("after"), changed.path("before"));
        assertEquals("Two", changed.at("/after/name").asString());
    }

    @Test
    void what_changed_nothing_or_was_refused_is_no_act() {
        put("/v1/customers/au-2", "{'name': 'One', 'identities': []}", 201);
        String before = last("object=au-2").toString();
        put("/v1/customers/au-2", "{'name': 'One', 'identities': []}", 200);
        put("/v1/customers/au-2", "{'name': 'Other', 'identities': [{'system': 'product', 'key': 'ws-001'}]}", 409);
        put("/v1/customers/au-2", "{'name': '', 'identities': []}", 422);
        assertEquals(before, last("object=au-2").toString());
    }

    @Test
    void subscriptions_and_grants_are_told() {
        put(
                "/v1/subscriptions/au-sub",
                "{'customer': 'cust-001', 'plan': 'standard', 'from': '2026-01-01T00:00:00Z', 'currency': 'USD'}",
                201);
        JsonNode subscription = last("object=au-sub");
        assertEquals("subscription-created", subscription.path("act").asString());
        assertEquals("standard", subscription.at("/after/plan").asString());
        put("/v1/customers/cust-001/grants/au-g", "{'feature': 'llm_tokens', 'amount': '5.5'}", 201);
        put("/v1/customers/cust-001/grants/au-g", "{'feature': 'llm_tokens', 'unlimited': true}", 200);
        JsonNode grant = last("object=cust-001/au-g");
        assertEquals("grant-changed", grant.path("act").asString());
        assertEquals("5.5", grant.at("/before/amount").asString());
        assertTrue(grant.at("/after/unlimited").booleanValue());
    }

    @Test
    void money_acts_are_told_with_who_did_them() {
        String span = "{\"from\": \"2026-01-01T00:00:00Z\", \"to\": \"2026-01-02T00:00:00Z\"}";
        Reply run = weir.call("finance", "POST", "/v1/billing-runs", span);
        JsonNode ran = last("object=" + run.json().path("id").asString());
        assertEquals("billing-run", ran.path("act").asString());
        assertEquals("finance", ran.path("principal").asString());
        assertEquals(0, ran.at("/after/charges").intValue());

        Story story = Story.happen(weir);
        JsonNode approved = last("object=" + story.posting());
        assertEquals("posting-approved", approved.path("act").asString());
        assertEquals("approver", approved.path("principal").asString());
        assertEquals("awaiting_approval", approved.at("/before/state").asString());
        String decision = "{\"decision\": \"reject\", \"comment\": \"too\\u0007 much\"}";
        weir.call("approver", "POST", "/v1/postings/" + story.awaiting() + "/approval", decision);
        JsonNode rejected = last("act=posting-rejected");
        assertEquals(story.awaiting(), rejected.path("object").asString());
        assertEquals("too\u0007 much", rejected.at("/after/comment").asString());
        weir.call("finance", "POST", "/v1/exceptions/" + story.document() + "/retry", null);
        JsonNode retried = last("act=exception-retried");
        assertEquals(story.document(), retried.path("object").asString());
        assertEquals("period_closed", retried.at("/before/reason").asString());
    }

    @Test
    void a_list_is_filtered_and_paged_newest_first() {
        for (int i = 0; i < 5; i++) {
            put("/v1/customers/au-page", "{'name': 'N%d', 'identities': []}".formatted(i), i == 0 ? 201 : 200);
        }
        Reply first = weir.get("admin", "/v1/audit?object=au-page&limit=2");
        assertEquals("N4", first.json().at("/items/0/after/name").asString());
        List<String> names = new ArrayList<>();
        String next = "/v1/audit?object=au-page&limit=2";
        while (!next.isEmpty()) {
            Reply page = weir.get("admin", next);
            page.json()
                    .path("items")
                    .forEach(item -> names.add(item.at("/after/name").asString()));
            String link = page.header("Link");
            next = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
        }
        assertEquals(List.of("N4", "N3", "N2", "N1", "N0"), names);
        String at = first.json().at("/items/1/at").asString();
        assertEquals(
                2,
                weir.get("admin", "/v1/audit?object=au-page&from=" + at)
                        .json()
                        .path("items")
                        .size());
        assertEquals(
                3,
                weir.get("admin", "/v1/audit?object=au-page&to=" + at)
                        .json()
                        .path("items")
                        .size());
        assertEquals(
                0,
                weir.get("admin", "/v1/audit?object=au-page&principal=finance")
                        .json()
                        .path("items")
                        .size());
        assertEquals(422, weir.get("admin", "/v1/audit?act=nonsense").status());
        assertEquals(422, weir.get("admin", "/v1/audit?from=yesterday").status());
        assertEquals(403, weir.get("finance", "/v1/audit").status());
        assertEquals(
                0,
                weir.get("other", "/v1/audit?object=au-page")
                        .json()
                        .path("items")
                        .size());
    }

    /** What an outsider does: every hash from the answers alone. */
    @Test
    void the_chain_can_be_recomputed_from_the_answers() throws Exception {
        put("/v1/customers/au-3", "{'name': 'Zo\u00eb \ud83c\udf0a \\\"q\\\" \\\\ /', 'identities': []}", 201);
        JsonNode items = weir.get("admin", "/v1/audit?limit=1000").json().path("items");
        for (int i = 0; i < items.size(); i++) {
            Map<String, JsonNode> members = new TreeMap<>();
            items.get(i).properties().forEach(member -> members.put(member.getKey(), member.getValue()));
            members.remove("hash");
            String text = Json.text(sorted(Json.tree((Object) members)));
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            // Jackson writes control characters in capitals; RFC 8785 does not.
            if (!text.contains("\\u")) {
                assertEquals(
                        HexFormat.of().formatHex(hash),
                        items.get(i).path("hash").asString(),
                        text);
            }
            if (i > 0) {
                assertEquals(
                        items.get(i - 1).path("previousHash").asString(),
                        items.get(i).path("hash").asString());
            }
        }
    }

    private static JsonNode sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, JsonNode> members = new TreeMap<>();
            node.properties().forEach(member -> members.put(member.getKey(), sorted(member.getValue())));
            return Json.tree((Object) members);
        }
        return node.isArray()
                ? Json.tree((Object) node.valueStream().map(AuditTest::sorted).toList())
                : node;
    }

    @Test
    void the_command_tells_the_heads_and_finds_what_was_tampered_with() throws Exception {
        try (RunningNode own = RunningNode.start(Map.of())) {
            for (int i = 0; i < 3; i++) {
                own.call("admin", "PUT", "/v1/customers/c-" + i, "{\"name\": \"x\", \"identities\": []}");
            }
            List<String> said = new ArrayList<>();
            assertEquals(0, AuditCommand.run(List.of("../conf/weir.yaml"), own.environment(), said::add));
            String head = said.stream()
                    .filter(line -> line.startsWith("demo: "))
                    .findFirst()
                    .orElseThrow();
            assertTrue(head.contains(" entries hold, head demo:"), head);
            String noted = head.substring(head.indexOf("head ") + 5);
            assertEquals(
                    0, AuditCommand.run(List.of("../conf/weir.yaml", "--expect", noted), own.environment(), said::add));
            String other = noted.substring(0, noted.length() - 64) + "0".repeat(64);
            assertEquals(
                    1, AuditCommand.run(List.of("../conf/weir.yaml", "--expect", other), own.environment(), said::add));
            try (Connection database = own.database();
                    Statement sql = database.createStatement()) {
                sql.execute("alter table audit_entry disable trigger user");
                sql.execute("update audit_entry set principal = 'x' where object = 'c-1'");
            }
            said.clear();
            assertEquals(1, AuditCommand.run(List.of("../conf/weir.yaml"), own.environment(), said::add));
            assertTrue(said.toString().contains("BROKEN at "), said::toString);
            assertEquals(2, AuditCommand.run(List.of("../conf/weir.yaml", "--what"), own.environment(), said::add));
        }
    }
}
