package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.settings.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** OWASP API8:2023: as it is delivered, a node tells nothing of itself, opens nothing by default and keeps its secrets. */
class SecurityMisconfigurationTest {
    private static final String CHECK = "/v1/customers/cust-046/entitlements/llm_tokens";

    private final RunningNode weir = RunningNode.shared();

    private List<Reply> answers() {
        return List.of(
                weir.get("support", CHECK),
                weir.get("admin", "/v1/customers"),
                weir.post(Events.events("ws-046", 1), "accepted"),
                weir.get("admin", "/v1/nothing"),
                Http.call(weir.url(), "GET", "/v1/usage", null),
                Http.call(weir.url(), "GET", "/v1/openapi.json", null));
    }

    @Test
    void no_answer_says_what_the_server_is_made_of() {
        for (Reply answer : answers()) {
            for (String header : List.of("Server", "X-Powered-By", "Via", "X-AspNet-Version")) {
                assertEquals("", answer.header(header), answer.toString());
            }
            String headers = answer.headers().map().toString().toLowerCase(Locale.ROOT);
            assertFalse(headers.contains("vert.x") || headers.contains("netty"), headers);
        }
    }

    @Test
    void no_answer_is_taken_for_another_type_or_kept_by_others() {
        for (Reply answer : answers()) {
            assertEquals("nosniff", answer.header("X-Content-Type-Options"), answer.toString());
        }
        assertEquals("no-store", weir.get("admin", "/v1/customers").header("Cache-Control"));
        assertEquals("no-store", Http.call(weir.url(), "GET", "/v1/usage", null).header("Cache-Control"));
        assertTrue(weir.get("support", CHECK).header("Cache-Control").startsWith("private"));
    }

    @Test
    void other_origins_may_not_read_answers() {
        for (String method : List.of("GET", "OPTIONS")) {
            Reply answer = weir.call(
                    "support",
                    method,
                    CHECK,
                    null,
                    "Origin",
                    "https://evil.example",
                    "Access-Control-Request-Method",
                    "GET",
                    "Access-Control-Request-Headers",
                    "authorization");
            assertFalse(
                    answer.headers().map().keySet().stream()
                            .anyMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-")),
                    answer.headers().toString());
            assertEquals("", answer.header("Set-Cookie"));
        }
    }

    @Test
    void trace_and_connect_are_refused_and_echo_nothing() throws IOException {
        for (String line :
                List.of("TRACE /v1/usage", "TRACE /", "CONNECT weir:443", "TRACK /v1/usage", "DEBUG /v1/usage")) {
            try (RawCall call = new RawCall(weir)) {
                String answer = call.send(
                                line + " HTTP/1.1\r\nHost: weir\r\nConnection: close\r\nX-Echo: s3cret\r\n\r\n")
                        .untilClosed();
                assertTrue(answer.matches("(?s)HTTP/1.1 (404|405) .*"), answer);
                assertFalse(answer.contains("s3cret"), answer);
            }
        }
    }

    @Test
    void the_method_cannot_be_overridden() {
        Reply answer = weir.call(
                "admin",
                "GET",
                "/v1/customers/cust-046",
                null,
                "X-HTTP-Method-Override",
                "DELETE",
                "X-Method-Override",
                "PUT");
        assertEquals(200, answer.status(), answer.toString());
    }

    @Test
    void management_is_on_a_port_of_its_own() {
        for (String path : List.of("/metrics", "/health/live", "/health/ready", "/info")) {
            assertEquals(404, weir.get("admin", path).status(), path);
            assertEquals(200, weir.management(path).status(), path);
        }
        assertEquals(404, weir.management("/v1/customers").status());
    }

    @Test
    void there_is_no_key_that_one_could_guess() {
        for (String credential : List.of(
                "Bearer admin",
                "Bearer weir",
                "Bearer weir_local_admin_admin",
                "Bearer weir_local_demo_demo",
                "Bearer null",
                "Bearer ",
                "Basic YWRtaW46YWRtaW4=",
                "bearer undefined")) {
            assertEquals(
                    401,
                    Http.call(weir.url(), "GET", "/v1/customers", null, "Authorization", credential)
                            .status(),
                    credential);
        }
    }

    @Test
    void keys_lie_where_only_their_owner_reads_them() throws IOException {
        try (var files = Files.list(weir.dataDirectory())) {
            for (Path file : files.filter(path -> path.getFileName().toString().endsWith(".env"))
                    .toList()) {
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                        file.toString());
            }
        }
    }

    @Test
    void a_secret_prints_as_stars() {
        Secret secret = new Secret("s3cret");
        assertEquals("***", secret.toString());
        assertNotEquals("***", secret.value());
        assertFalse(String.valueOf(List.of(secret)).contains("s3cret"));
    }

    @Test
    void a_failure_is_told_without_its_inside() {
        Answer bug = Problems.bug("/v1/usage", "0".repeat(32));
        String told = bug.body().toString();
        assertFalse(told.contains("Exception") || told.contains("io.weir"), told);
    }
}
