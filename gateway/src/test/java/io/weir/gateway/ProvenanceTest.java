package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Who may write which field of master data, and what is told of who did. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProvenanceTest {
    private final RunningNode weir = RunningNode.start(Map.of());
    private final String crm = keyOf("crm");
    private final String product = keyOf("product");
    private final String billing = keyOf("billing");

    @AfterAll
    void leave_nothing_running() {
        weir.close();
    }

    private String keyOf(String system) {
        String role = weir.newKey("standard", "catalog:read", "catalog:write");
        execute("update api_key set system = ? where key_id = ?", system, role.substring("made-".length()));
        return role;
    }

    private Reply put(String role, String path, String body, String... headers) {
        return weir.call(role, "PUT", path, body.replace('\'', '"'), headers);
    }

    private JsonNode provenance(String path) {
        return weir.get("admin", path).json().path("provenance");
    }

    private static JsonNode field(JsonNode provenance, String pointer) {
        return provenance.path(pointer);
    }

    @Test
    void each_field_tells_who_wrote_it_last() {
        String path = "/v1/customers/pr-1";
        assertEquals(
                201,
                put(crm, path, "{'name': 'One', 'identities': []}", "Weir-Origin-Id", "opp-17")
                        .status());
        Reply second = put(
                product,
                path,
                "{'name': 'One', 'identities': [{'system': 'product', 'key': 'pr-ws-1'}]}",
                "Weir-Origin-Id",
                "signup-4");
        assertEquals(200, second.status(), second::toString);
        JsonNode told = provenance(path);
        assertEquals("crm", field(told, "/name").path("system").asString());
        assertEquals("opp-17", field(told, "/name").path("originId").asString());
        assertEquals(crm, field(told, "/name").path("principal").asString());
        assertEquals(
                "product", field(told, "/identities/product").path("system").asString());
        assertEquals(
                "signup-4", field(told, "/identities/product").path("originId").asString());
        assertTrue(field(told, "/name")
                        .path("at")
                        .asString()
                        .compareTo(field(told, "/identities/product").path("at").asString())
                < 0);
        assertEquals(told, second.json().path("provenance"), "the answer of the write tells it too");
    }

    @Test
    void a_field_is_not_changed_by_a_system_that_does_not_own_it() {
        String path = "/v1/customers/pr-2";
        put(crm, path, "{'name': 'One', 'identities': [{'system': 'product', 'key': 'pr-ws-2'}]}");
        Reply refused = put(product, path, "{'name': 'Mine', 'identities': [{'system': 'erp', 'key': 'e-2'}]}");
        assertEquals(409, refused.status());
        assertEquals(
                "/problems/not-system-of-record", refused.json().path("type").asString());
        assertEquals(2, refused.json().path("errors").size(), refused::toString);
        assertEquals("/identities/erp", refused.json().at("/errors/0/pointer").asString());
        assertEquals("is owned by erp", refused.json().at("/errors/0/detail").asString());
        assertEquals("is owned by crm", refused.json().at("/errors/1/detail").asString());
        assertEquals("One", weir.get("admin", path).json().path("name").asString());
        Reply unchanged = put(product, path, "{'name': 'One', 'identities': []}");
        assertEquals(200, unchanged.status(), "what it owns, with the others' fields as they are");
    }

    @Test
    void a_credential_that_speaks_for_no_system_writes_everything() {
        String path = "/v1/customers/pr-3";
        put(crm, path, "{'name': 'One', 'identities': []}");
        Reply admin = put("admin", path, "{'name': 'Two', 'identities': [{'system': 'erp', 'key': 'e-3'}]}");
        assertEquals(200, admin.status());
        JsonNode name = field(provenance(path), "/name");
        assertTrue(name.path("system").isMissingNode(), name::toString);
        assertEquals("admin", name.path("principal").asString());
    }

    @Test
    void terms_of_a_subscription_belong_to_billing() {
        String path = "/v1/subscriptions/pr-sub";
        String body =
                "{'customer': 'cust-020', 'plan': 'standard', 'from': '2026-01-01T00:00:00Z'%s, 'currency': 'USD'}";
        assertEquals(201, put(billing, path, body.formatted("")).status());
        String ended = body.formatted(", 'to': '2026-06-01T00:00:00Z'");
        Reply refused = put(crm, path, ended);
        assertEquals(409, refused.status());
        assertEquals("/to", refused.json().at("/errors/0/pointer").asString());
        assertEquals(200, put(billing, path, ended, "Weir-Origin-Id", "order-9").status());
        JsonNode told = provenance(path);
        assertEquals("order-9", field(told, "/to").path("originId").asString());
        assertTrue(field(told, "/plan").path("originId").isMissingNode());
    }

    @Test
    void an_organisation_names_other_owners() {
        String path = "/v1/customers/pr-4";
        put(crm, path, "{'name': 'One', 'identities': []}");
        String renamed = "{'name': 'Two', 'identities': []}";
        assertEquals(409, put(billing, path, renamed).status());
        Reply owners = put("admin", "/v1/field-owners", "{'customer': {'/parent': 'billing'}}");
        assertEquals(200, owners.status(), owners::toString);
        assertEquals("billing", owners.json().path("customer").path("/parent").asString());
        assertEquals("crm", owners.json().path("customer").path("/name").asString());
        assertEquals(owners.json(), weir.get(crm, "/v1/field-owners").json());
        String parent = "{'name': 'One', 'identities': [], 'parent': 'cust-001'}";
        assertEquals(409, put(crm, path, parent).status());
        assertEquals(200, put(billing, path, parent).status());
        assertEquals(
                403,
                put(crm, "/v1/field-owners", "{'customer': {'/parent': 'crm'}}").status());
        Reply unknown = put("admin", "/v1/field-owners", "{'customer': {'/shoe': 'crm'}}");
        assertEquals(422, unknown.status(), unknown::toString);
        Reply defaults = put("admin", "/v1/field-owners", "{}");
        assertEquals("crm", defaults.json().path("customer").path("/parent").asString());
        assertEquals(200, put(crm, path, "{'name': 'One', 'identities': []}").status());
    }

    @Test
    void a_malformed_origin_is_told() {
        String body = "{'name': 'One', 'identities': []}";
        assertEquals(
                400,
                put(crm, "/v1/customers/pr-5", body, "Weir-Origin-Id", "x".repeat(129))
                        .status());
    }

    private void execute(String sql, String... parameters) {
        try (Connection database = weir.database();
                PreparedStatement statement = database.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
