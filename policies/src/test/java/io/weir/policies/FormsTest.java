package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Schema;
import io.vertx.core.MultiMap;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** Keys, correlation ids, media types, binary mode and JSON Schemas: the forms that policies read. */
class FormsTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @Test
    void a_key_is_read_as_it_was_shown() {
        ApiKey key = ApiKey.create("local");
        assertEquals(Optional.of(key), ApiKey.parse(key.text()));
        assertTrue(key.text().matches("weir_local_[A-Za-z0-9]{12}_[A-Za-z0-9]{43}"), key::toString);
        assertNotEquals(key, ApiKey.create("local"));
        assertArrayEquals(
                key.secretHash(), ApiKey.parse(key.text()).orElseThrow().secretHash());
        assertEquals(32, key.secretHash().length);
    }

    @Test
    void a_key_never_prints_its_secret() {
        ApiKey key = ApiKey.create("local");
        assertEquals("weir_local_" + key.id() + "_***", key.toString());
        assertFalse(Optional.of(key).toString().contains(key.secret()));
    }

    @Test
    void what_has_not_a_keys_form_is_no_key() {
        for (String text : List.of(
                "",
                "weir_",
                "weir_local_id",
                "weir_local_id_",
                "weir_local__secret",
                "weir__id_secret",
                "eyJhbGciOi.x.y",
                "WEIR_local_id_secret",
                "weir_local_" + "x".repeat(200) + "_s",
                "weir_local_i\u0000d_secret")) {
            assertEquals(Optional.empty(), ApiKey.parse(text), text);
        }
    }

    @Test
    void a_correlation_id_is_the_trace_id_where_there_is_a_well_formed_one() {
        assertEquals(TRACE, Correlation.of("00-" + TRACE + "-00f067aa0ba902b7-01"));
        assertEquals(TRACE, Correlation.of("cc-" + TRACE + "-00f067aa0ba902b7-01-what-will-be"));
        for (String malformed : List.of(
                "",
                "00-" + TRACE + "-00f067aa0ba902b7",
                "00-" + TRACE.toUpperCase(java.util.Locale.ROOT) + "-00f067aa0ba902b7-01",
                "00-" + "0".repeat(32) + "-00f067aa0ba902b7-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-" + TRACE + "-00f067aa0ba902b7-01-more",
                "00-" + TRACE + "-00f067aa0ba902b7-01x",
                "00-" + TRACE + "-00f067aa0ba902bZ-01",
                "ff-" + TRACE + "-00f067aa0ba902b7-01")) {
            assertNotEquals(TRACE, Correlation.of(malformed), malformed);
            assertTrue(Correlation.of(malformed).matches("[0-9a-f]{32}"));
        }
        assertNotEquals(Correlation.of(null), Correlation.of(null));
    }

    @Test
    void media_types_are_compared_without_parameters_and_case() {
        assertEquals(
                "application/cloudevents+json", MediaTypes.essence("Application/CloudEvents+JSON ; charset=utf-8"));
        assertEquals("", MediaTypes.essence(null));
        assertTrue(MediaTypes.json("application/json;charset=UTF-8"));
        assertTrue(MediaTypes.json("application/vnd.x+json"));
        assertFalse(MediaTypes.json("text/plain"));
        assertFalse(MediaTypes.json("application/jsonp"));
    }

    @Test
    void binary_mode_becomes_what_structured_mode_would_have_sent() {
        List<FieldError> errors = new ArrayList<>();
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("CE-SpecVersion", "1.0")
                .add("ce-id", "100%25 %E2%82%AC %C3%bc %zz%4")
                .add("ce-source", "\"a \\\"b\\\" %20c\"")
                .add("x-other", "1");
        assertTrue(BinaryMode.applies(headers));
        ObjectNode event = BinaryMode.event(headers, "application/json", Json.tree("{\"n\":1.50}"), errors);
        assertEquals(List.of(), errors);
        assertEquals(
                Json.tree("{\"specversion\":\"1.0\",\"id\":\"100% € ü %zz%4\",\"source\":\"a \\\"b\\\"  c\","
                        + "\"datacontenttype\":\"application/json\",\"data\":{\"n\":1.50}}"),
                Json.tree(Json.text(event)));
    }

    @Test
    void a_header_that_could_never_be_stored_or_is_no_attribute_is_told() {
        List<FieldError> errors = new ArrayList<>();
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("ce-id", "%C3%28")
                .add("ce-source", "%ED%A0%80")
                .add("ce-note", "a%00b")
                .add("ce-data", "{}")
                .add("ce-datacontenttype", "x")
                .add("ce-na_me", "x")
                .add("ce-type", "a")
                .add("ce-type", "b");
        BinaryMode.event(headers, "application/json", Json.object(), errors);
        assertEquals(
                List.of("/data", "/datacontenttype", "/id", "/na_me", "/note", "/source", "/type"),
                errors.stream().map(FieldError::pointer).sorted().toList());
    }

    @Test
    void everything_that_a_schema_forbids_is_told_with_its_pointer() {
        Schema schema = JsonSchemas.compile(Json.tree("""
                {"type":"object","required":["a~/b","c"],"additionalProperties":false,"properties":{
                    "a~/b":{"type":"integer"},"c":{"type":"array","items":{"type":"integer","minimum":0}},
                    "d":{"type":"object","required":["e"]},"t":{"type":"string","format":"date-time"}}}"""));
        CappedErrors errors = new CappedErrors(100);
        JsonSchemas.check(
                schema, Json.tree("{\"c\":[1,-1,\"x\"],\"d\":{},\"extra\":1,\"t\":\"then\"}"), "/data", errors);
        assertEquals(
                List.of("/data/a~0~1b", "/data/c/1", "/data/c/2", "/data/d/e", "/data/extra", "/data/t"),
                errors.stream().map(FieldError::pointer).sorted().toList());
        errors.clear();
        JsonSchemas.check(schema, Json.tree("{\"a~/b\":1,\"c\":[]}"), "/data", errors);
        assertEquals(List.of(), errors);
    }

    @Test
    void a_reference_within_its_schema_is_followed() {
        Schema schema = JsonSchemas.compile(Json.tree(
                "{\"$defs\":{\"n\":{\"type\":\"integer\"}},\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}}}"));
        CappedErrors errors = new CappedErrors(100);
        JsonSchemas.check(schema, Json.tree("{\"a\":\"x\"}"), "", errors);
        assertEquals(List.of("/a"), errors.stream().map(FieldError::pointer).toList());
    }

    @Test
    void a_reference_never_leaves_its_schema_and_nobody_is_asked(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("any.json"), "{}");
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String web = "http://127.0.0.1:" + listening.getLocalPort() + "/any.json";
            for (String reference : List.of(web, file.toUri().toString(), "classpath:/any.json", "any.json")) {
                assertThrows(RuntimeException.class, () -> refer("$ref", reference), reference);
                try {
                    refer("$dynamicRef", reference);
                } catch (RuntimeException refused) {
                    assertFalse(refused.toString().isEmpty());
                }
            }
            assertThrows(
                    RuntimeException.class,
                    () -> JsonSchemas.compile(Json.tree("{\"$schema\":\"" + web + "\",\"type\":\"object\"}")));
            listening.setSoTimeout(1);
            assertThrows(SocketTimeoutException.class, () -> listening.accept().close());
        }
    }

    private static void refer(String keyword, String reference) {
        Schema schema =
                JsonSchemas.compile(Json.tree("{\"properties\":{\"a\":{\"" + keyword + "\":\"" + reference + "\"}}}"));
        JsonSchemas.check(schema, Json.tree("{\"a\":1}"), "", new CappedErrors(1));
    }
}
