package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * OWASP API7:2023: no address that a caller names is ever asked. Weir calls only what its settings and its connections name;
 * here a server listens at the address that callers name, and nobody comes.
 */
class ServerSideRequestForgeryTest {
    private static final RunningNode WEIR = RunningNode.shared();
    private static final AtomicInteger CAME = new AtomicInteger();
    private static ServerSocket listener;

    @BeforeAll
    static void listen() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try (Socket caller = listener.accept()) {
                    CAME.incrementAndGet();
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    @AfterAll
    static void nobody_came() throws IOException {
        listener.close();
        assertEquals(0, CAME.get(), "calls to an address that a caller named");
    }

    private static String there(String path) {
        return "http://127.0.0.1:" + listener.getLocalPort() + path;
    }

    @Test
    void what_an_event_refers_to_is_not_fetched() {
        for (String attribute : List.of("dataschema", "dataref", "source", "subject", "schemaurl")) {
            ObjectNode event = Events.event("ws-045");
            event.put(attribute, there("/" + attribute));
            Reply answer = WEIR.post(List.of(event), "recorded");
            assertTrue(answer.status() < 500, answer.toString());
        }
        assertEquals(0, CAME.get());
    }

    @Test
    void a_schema_that_refers_elsewhere_is_not_followed() {
        Map<String, Object> schema =
                Map.of("$schema", there("/meta"), "$id", there("/id"), "type", "object", "$ref", there("/ref"));
        Reply answer = WEIR.call("admin", "PUT", "/v1/event-types/ssrf.tried/schemas/1", schema);
        assertTrue(answer.status() >= 400 && answer.status() < 500, answer.toString());
        assertEquals(0, CAME.get());
    }

    @Test
    void keys_that_a_token_names_are_not_fetched() {
        for (String place : List.of("jku", "x5u", "iss")) {
            String head =
                    Json.text(Map.of("alg", "RS256", "kid", there("/kid"), "typ", "at+jwt", place, there("/" + place)));
            String claims =
                    Json.text(Map.of("iss", there("/issuer"), "sub", "x", "aud", "weir", "exp", 4_102_444_800L));
            String token = base64(head) + "." + base64(claims) + "." + base64("no signature");
            Reply answer = Http.call(
                    WEIR.url(), "GET", "/v1/usage?meter=llm_requests", null, "Authorization", "Bearer " + token);
            assertEquals(401, answer.status(), answer.toString());
        }
        assertEquals(0, CAME.get());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void the_door_is_no_proxy() throws IOException {
        String host = "127.0.0.1:" + listener.getLocalPort();
        for (String line : List.of(
                "GET " + there("/proxied") + " HTTP/1.1\r\nHost: " + host,
                "CONNECT " + host + " HTTP/1.1\r\nHost: " + host,
                "GET /v1/usage HTTP/1.1\r\nHost: " + host + "\r\nX-Forwarded-Host: " + host + "\r\nForwarded: host="
                        + host)) {
            try (RawCall call = new RawCall(WEIR)) {
                String status = call.send(line + "\r\n\r\n").status();
                assertTrue(status.startsWith("HTTP/1.1 4"), status);
            }
        }
        assertEquals(0, CAME.get());
    }

    @Test
    void parameters_and_bodies_that_look_like_addresses_are_only_text() {
        for (String path : List.of(
                "/v1/customers?cursor=", "/v1/usage?meter=", "/v1/events?source=x&id=", "/v1/charges?customer=")) {
            Reply answer =
                    WEIR.get("admin", path + there("/x").replace(":", "%3A").replace("/", "%2F"));
            assertNotEquals(500, answer.status(), answer.toString());
        }
        assertEquals(0, CAME.get());
    }
}
