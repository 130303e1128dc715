package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.gateway.Authority.Issued;
import io.weir.schemas.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Partners that call with a client certificate: over TLS, and administered on a second node without it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientCertificateTest {
    private static final Authority SERVERS = new Authority("server authority");
    private static final Authority PARTNERS = new Authority("partner authority");
    private static final Instant LATER = Instant.now().plus(90, ChronoUnit.DAYS);
    private static final String USAGE = "/v1/usage?meter=llm_requests";
    /** What is promised (a second), and what a crowded machine may add. */
    private static final Duration SOON = Duration.ofSeconds(5);

    @TempDir
    private static Path directory;

    private final RunningNode plain = RunningNode.start(Map.of());
    private RunningNode node;

    @BeforeAll
    void start() {
        Issued server = SERVERS.server();
        Authority.write(directory.resolve("cert.pem"), server.certificatePem());
        Authority.write(directory.resolve("key.pem"), server.keyPem());
        Authority.write(directory.resolve("ca.pem"), PARTNERS.pem());
        node = plain.second(Map.of(
                "WEIR_HTTP_TLS_ENABLED", "true",
                "WEIR_HTTP_TLS_CERTIFICATE", directory.resolve("cert.pem").toString(),
                "WEIR_HTTP_TLS_KEY", directory.resolve("key.pem").toString(),
                "WEIR_HTTP_TLS_CLIENT_CA", directory.resolve("ca.pem").toString()));
    }

    @AfterAll
    void leave_nothing_running() {
        node.close();
        plain.close();
    }

    @Test
    void a_stored_certificate_is_a_credential_and_its_revocation_reaches_other_nodes() throws Exception {
        Issued own = PARTNERS.client("CN=meter,O=Acme", LATER);
        try (HttpClient partner = client(own)) {
            assertRefused(ask(partner, null), "the client certificate is not known");
            assertEquals(
                    201,
                    store("acme", Map.of("certificate", own.certificatePem())).status());
            Eventually.within(SOON, "it passes", () -> status(partner), status -> status == 200);
            assertEquals(403, ask(partner, null, "/v1/customers").statusCode());
            assertEquals(
                    204,
                    plain.call("admin", "DELETE", "/v1/client-certificates/acme", null)
                            .status());
            Eventually.within(SOON, "it passes no more", () -> status(partner), status -> status == 401);
            assertRefused(ask(partner, null), "the client certificate was revoked");
        }
        assertTrue(plain.get("admin", "/v1/client-certificates/acme").json().has("revokedAt"));
    }

    @Test
    void a_renewed_certificate_of_a_stored_subject_passes_until_its_fingerprint_is_revoked() throws Exception {
        Issued own = PARTNERS.client("CN=gauge,O=Beta", LATER);
        Issued renewed = PARTNERS.client("CN=gauge,O=Beta", LATER);
        assertEquals(
                201,
                store("beta", Map.of("subject", "CN=gauge, O=Beta", "issuer", "CN=partner authority"))
                        .status());
        try (HttpClient partner = client(own);
                HttpClient later = client(renewed)) {
            Eventually.within(SOON, "it passes", () -> status(partner), status -> status == 200);
            assertEquals(200, status(later));
            store("beta-lost", Map.of("certificate", own.certificatePem()));
            plain.call("admin", "DELETE", "/v1/client-certificates/beta-lost", null);
            Eventually.within(SOON, "the lost one passes no more", () -> status(partner), status -> status == 401);
            assertEquals(200, status(later));
        }
    }

    @Test
    void a_certificate_passes_only_in_its_own_time() throws Exception {
        Issued early = PARTNERS.client("CN=early", LATER);
        store("early", Map.of("certificate", early.certificatePem(), "notBefore", LATER.toString()));
        Issued late = PARTNERS.client("CN=late", LATER);
        store("late", Map.of("certificate", late.certificatePem(), "notAfter", Authority.SOME_TIME_AGO.toString()));
        for (Issued one : List.of(early, late)) {
            try (HttpClient partner = client(one)) {
                Eventually.within(
                        SOON,
                        "it is known",
                        () -> detail(partner),
                        "the client certificate does not pass at this time"::equals);
            }
        }
    }

    @Test
    void a_certificate_of_another_authority_or_one_that_has_ended_does_not_get_a_connection() {
        for (Issued one : List.of(
                SERVERS.client("CN=foreign", LATER),
                PARTNERS.client("CN=ended", Instant.now().minusSeconds(60)))) {
            try (HttpClient partner = client(one)) {
                // A client shows no certificate of an authority that the server did not name.
                assertEquals(401, ask(partner, null).statusCode());
            } catch (IOException e) {
                assertTrue(e instanceof SSLException || String.valueOf(e).contains("onnection"), e::toString);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void without_a_certificate_a_key_works_and_with_both_the_key_decides() throws Exception {
        Issued own = PARTNERS.client("CN=both", LATER);
        store("both", Map.of("certificate", own.certificatePem()));
        try (HttpClient nobody = client(null);
                HttpClient partner = client(own)) {
            assertEquals(200, ask(nobody, node.key("admin")).statusCode());
            assertRefused(ask(nobody, null), "send a key or a token: Authorization: Bearer weir_...");
            Eventually.within(SOON, "it passes", () -> status(partner), status -> status == 200);
            assertEquals(403, ask(partner, null, "/v1/customers").statusCode());
            assertEquals(200, ask(partner, node.key("admin"), "/v1/customers").statusCode());
            assertRefused(ask(partner, "weir_local_nobody_nothing"), "the API key is not known");
        }
    }

    @Test
    void what_is_no_certificate_is_told() {
        Reply answer = store("wrong", Map.of("certificate", "-----BEGIN nothing"));
        assertEquals(422, answer.status());
        assertEquals("/certificate", answer.json().at("/errors/0/pointer").asString());
        assertEquals(
                422,
                store("wrong", Map.of("subject", "no name", "issuer", "CN=x")).status());
        assertEquals(422, store("wrong", Map.of("subject", "CN=x")).status());
    }

    private Reply store(String name, Map<String, String> certificate) {
        Map<String, Object> body = new TreeMap<>(certificate);
        body.putAll(Map.of("principal", "partner", "scopes", List.of("usage:read"), "tier", "standard"));
        return plain.call("admin", "PUT", "/v1/client-certificates/" + name, body);
    }

    private static void assertRefused(HttpResponse<String> answer, String detail) {
        assertEquals(401, answer.statusCode());
        assertEquals(detail, Json.tree(answer.body()).path("detail").asString());
    }

    private static HttpClient client(@Nullable Issued own) {
        return HttpClient.newBuilder().sslContext(SERVERS.trusting(own)).build();
    }

    private int status(HttpClient client) {
        return asked(client).statusCode();
    }

    private String detail(HttpClient client) {
        return Json.tree(asked(client).body()).path("detail").asString("");
    }

    private HttpResponse<String> asked(HttpClient client) {
        try {
            return ask(client, null);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> ask(HttpClient client, @Nullable String bearer)
            throws IOException, InterruptedException {
        return ask(client, bearer, USAGE);
    }

    private HttpResponse<String> ask(HttpClient client, @Nullable String bearer, String path)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.url() + path));
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
