package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weir.schemas.InlinedSchema;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is stored of classified values. */
class RedactionTest {
    private static final byte[] KEY = new byte[32];
    private static final String HASHED = "{'properties':{'v':{'x-weir-classification':'hash'}}}";

    @Test
    void equal_values_of_a_tenant_are_equal_and_all_others_differ() {
        assertEquals(stored("a", "\"x\""), stored("a", "\"x\""));
        assertEquals(stored("a", "1"), stored("a", "1.0"));
        assertNotEquals(stored("a", "1"), stored("a", "\"1\""));
        assertNotEquals(stored("a", "true"), stored("a", "\"true\""));
        assertNotEquals(stored("a", "\"x\""), stored("b", "\"x\""));
        assertEquals("null", stored("a", "null"));
    }

    @Test
    void the_strictest_of_several_classifications_wins_whatever_branch_applies() {
        String both =
                "{'properties':{'v':{'x-weir-classification':'keep'}},'if':{'required':['w']},'then':{'properties':{'v':{'x-weir-classification':'drop'}}},"
                        + "'anyOf':[true,{'properties':{'v':{'x-weir-classification':'hash'}}}]}";
        assertEquals("{\"id\":\"e\",\"data\":{}}", event(both, "a", "1"));
    }

    @Test
    void items_and_members_that_nobody_lists_are_found() {
        String schema =
                "{'properties':{'v':{'prefixItems':[{'x-weir-classification':'drop'}],'items':{'additionalProperties':{'x-weir-classification':'drop'},'properties':{'k':{}}}}}}";
        assertEquals(
                "{\"id\":\"e\",\"data\":{\"v\":[{\"k\":2}]}}", event(schema, "a", "[{\"k\":1},{\"k\":2,\"z\":3}]"));
    }

    @Test
    void a_schema_that_classifies_nothing_has_none_and_one_that_hashes_needs_a_key() {
        assertNull(Redaction.of(written("{'properties':{'v':{'x-weir-classification':'keep'}}}"), null));
        assertThrows(IllegalArgumentException.class, () -> Redaction.of(written(HASHED), null));
    }

    private static String stored(String tenant, String value) {
        return Json.tree(event(HASHED, tenant, value)).at("/data/v").toString();
    }

    private static String event(String schema, String tenant, String value) {
        Redaction redaction = Objects.requireNonNull(Redaction.of(written(schema), KEY));
        JsonNode event = Json.tree("{\"id\":\"e\",\"data\":{\"v\":" + value + "}}");
        return new String(redaction.applied(new TenantId(tenant), event), StandardCharsets.UTF_8);
    }

    private static JsonNode written(String schema) {
        try {
            return InlinedSchema.of(Json.tree(schema.replace('\'', '"')), 1_000);
        } catch (InlinedSchema.Unusable e) {
            throw new AssertionError(e);
        }
    }
}
