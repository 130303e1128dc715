package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Access tokens of an issuer that the test runs: what passes, and every shape that RFC 8725 warns of. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessTokenTest {
    private static final ECKey EC = Issuer.ec("ec-1");
    private static final RSAKey RSA = Issuer.rsa("rsa-1", 2_048);
    private static final RSAKey WEAK = Issuer.rsa("weak", 1_024);
    private static final ECKey FOREIGN = Issuer.ec("ec-1");
    private static final String USAGE = "/v1/usage?meter=llm_requests";

    private final Issuer issuer = new Issuer();
    private final Issuer stranger = new Issuer();
    private final RunningNode node;

    AccessTokenTest() throws Exception {
        publish();
        Path overlay = Files.createTempFile("weir-issuer-", ".yaml");
        try {
            Authority.write(overlay, issuer.settings());
            node = RunningNode.start(Map.of("OVERLAY", overlay.toString()));
        } finally {
            Files.delete(overlay);
        }
    }

    @AfterAll
    void leave_nothing_running() {
        node.close();
        issuer.close();
        stranger.close();
    }

    @BeforeEach
    void publish() {
        issuer.down = false;
        issuer.published.clear();
        issuer.published.addAll(List.of(EC.toPublicJWK(), RSA.toPublicJWK(), WEAK.toPublicJWK()));
    }

    @Test
    void a_token_is_its_subject_with_the_scopes_that_it_says() {
        for (String token : List.of(
                Issuer.signed(EC, issuer.claims("jane", "usage:read something:else")),
                Issuer.signed(RSA, issuer.claims("jane", "").claim("scope", List.of("usage:read"))))) {
            Reply answer = Eventually.holds("the keys", () -> get(token, USAGE), reply -> reply.status() != 503);
            assertEquals(200, answer.status(), answer.body());
            assertEquals(200, get(token, USAGE).status(), "and again, remembered");
            Reply missing = get(token, "/v1/customers");
            assertEquals(403, missing.status());
            assertEquals(
                    "Bearer realm=\"weir\", error=\"insufficient_scope\", scope=\"catalog:read\"",
                    missing.header("WWW-Authenticate"));
        }
    }

    /** What is done to the claims or header of a token that would pass, and what is said of it. */
    @TestFactory
    Stream<DynamicTest> what_is_wrong_with_a_token_is_refused() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put(Issuer.unsigned(good()), "the token is malformed");
        wrong.put(Issuer.mixedUp(RSA, good()), "the token's algorithm is not taken");
        wrong.put(Issuer.signed(FOREIGN, good()), "the token's signature is wrong");
        wrong.put(Issuer.signed(WEAK, good()), "the token's key is not known");
        wrong.put(
                Issuer.signed(RSA, Issuer.header(JWSAlgorithm.PS256, "rsa-1"), good()),
                "the token's algorithm is not taken");
        wrong.put(
                Issuer.signed(RSA, Issuer.header(JWSAlgorithm.RS256, "ec-1"), good()),
                "the token's algorithm is not its key's");
        wrong.put(header(header -> header.type(JOSEObjectType.JWT)), "the token's typ is not at+jwt");
        wrong.put(header(header -> header.type(null)), "the token's typ is not at+jwt");
        wrong.put(header(header -> header.keyID(null)), "the token names no key");
        wrong.put(header(header -> header.keyID("../../etc/passwd")), "the token's key is not known");
        wrong.put(header(header -> header.keyID("x' or '1'='1")), "the token's key is not known");
        wrong.put(
                header(header -> header.customParam("new", true).criticalParams(Set.of("new"))),
                "the token has crit, and nothing in it is known");
        wrong.put(claims(claims -> claims.audience("other")), "the token is for another audience");
        wrong.put(claims(claims -> claims.audience((String) null)), "the token is for another audience");
        wrong.put(claims(claims -> claims.issuer(stranger.name())), "the token's issuer is not trusted");
        wrong.put(claims(claims -> claims.issuer(null)), "the token's issuer is not trusted");
        wrong.put(claims(claims -> claims.issuer(issuer.name() + "/")), "the token's issuer is not trusted");
        wrong.put(claims(claims -> claims.expirationTime(in(-10))), "the token has expired");
        wrong.put(claims(claims -> claims.expirationTime(null)), "the token has no exp");
        wrong.put(claims(claims -> claims.issueTime(null)), "the token has no iat");
        wrong.put(claims(claims -> claims.issueTime(in(30))), "the token is not valid yet");
        wrong.put(claims(claims -> claims.notBeforeTime(in(30))), "the token is not valid yet");
        wrong.put(claims(claims -> claims.subject(null)), "the token has no usable sub");
        wrong.put(claims(claims -> claims.subject("a\u0000b")), "the token has no usable sub");
        wrong.put(claims(claims -> claims.claim("client_id", null)), "the token has no client_id");
        wrong.put(
                claims(claims -> claims.claim("tenant", null)),
                "the token names no tenant that its issuer may speak for");
        wrong.put(
                claims(claims -> claims.claim("tenant", "other")),
                "the token names no tenant that its issuer may speak for");
        wrong.put(claims(claims -> claims.claim("tenant", "nowhere")), "the token's tenant is not known");
        wrong.put(
                claims(claims -> claims.claim("cnf", Map.of("x5t#S256", "bm8"))),
                "the token is bound to another client certificate");
        wrong.put(
                claims(claims -> claims.claim("cnf", Map.of("jkt", "x"))),
                "the token is bound in a way that is not known here");
        wrong.put(claims(claims -> claims.claim("padding", "x".repeat(4_096))), "the token has more than 4096 bytes");
        wrong.put("a.b.c", "the token is malformed");
        wrong.put("eyJ.eyJ.", "the token is malformed");
        wrong.put("a.b.c.d.e", "the token is malformed");
        settled();
        return wrong.entrySet().stream()
                .map(one -> dynamicTest(one.getValue(), () -> {
                    Reply answer = get(one.getKey(), USAGE);
                    assertEquals(401, answer.status(), answer.body());
                    assertEquals(one.getValue(), answer.json().path("detail").asString());
                    assertEquals(
                            "Bearer realm=\"weir\", error=\"invalid_token\", error_description=\"" + one.getValue()
                                    + "\"",
                            answer.header("WWW-Authenticate"));
                }));
    }

    @Test
    void a_token_does_not_say_where_its_key_is() {
        stranger.published.add(FOREIGN.toPublicJWK());
        URI elsewhere = URI.create(stranger.origin() + "/keys");
        settled();
        assertEquals(
                200,
                get(header(header -> header.jwkURL(elsewhere).x509CertURL(elsewhere)), USAGE)
                        .status());
        String foreign = Issuer.signed(
                FOREIGN,
                Issuer.header(JWSAlgorithm.ES256, "ec-1").jwkURL(elsewhere).jwk(FOREIGN.toPublicJWK()),
                good());
        assertEquals(401, get(foreign, USAGE).status());
        assertEquals(0, stranger.asked.get());
    }

    @Test
    void made_up_keys_do_not_have_the_issuer_flooded() {
        settled();
        int before = issuer.asked.get();
        long begin = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            int number = i;
            assertEquals(
                    401,
                    get(header(header -> header.keyID("made-up-" + number)), USAGE)
                            .status());
        }
        long seconds = (System.nanoTime() - begin) / 1_000_000_000 + 1;
        int fetches = issuer.asked.get() - before;
        assertTrue(fetches <= seconds + 1, fetches + " fetches in " + seconds + " s");
    }

    @Test
    void a_rotated_key_is_taken_and_a_withdrawn_one_is_not() {
        settled();
        String old = Issuer.signed(EC, good());
        assertEquals(200, get(old, USAGE).status());
        ECKey next = Issuer.ec("ec-2");
        issuer.published.add(next.toPublicJWK());
        String fresh = Issuer.signed(next, good());
        Eventually.holds("the new key", () -> get(fresh, USAGE).status(), status -> status == 200);
        issuer.published.removeIf(key -> key.getKeyID().equals("ec-1"));
        Eventually.holds("the old key is gone", () -> get(old, USAGE).status(), status -> status == 401);
        assertEquals(200, get(fresh, USAGE).status());
    }

    @Test
    void while_the_issuer_is_down_known_keys_go_on_and_readiness_says_so() {
        settled();
        issuer.down = true;
        Eventually.holds(
                "degraded", () -> node.management("/health/ready").body(), text -> text.contains("issuer-main"));
        assertEquals(200, node.management("/health/ready").status());
        assertEquals(200, get(Issuer.signed(EC, good()), USAGE).status());
        assertEquals(1, node.metric("weir_degraded{part=\"issuer-main\"}").intValue());
        issuer.down = false;
        Eventually.holds("it is back", () -> node.management("/health/ready").body(), text -> !text.contains("issuer"));
    }

    @Test
    void a_token_passes_also_after_its_key_was_fetched_again() {
        settled();
        String token = Issuer.signed(EC, good());
        assertEquals(200, get(token, USAGE).status());
        int before = issuer.asked.get();
        Eventually.holds("two more fetches", issuer.asked::get, asked -> asked >= before + 2);
        assertEquals(200, get(token, USAGE).status());
    }

    @Test
    void a_person_with_a_key_and_a_token_is_one_principal() {
        settled();
        String token = Issuer.signed(EC, issuer.claims("approver-person", "admin"));
        assertEquals(200, get(token, "/v1/customers").status(), "a principal of its own has what the token says");
        String body = "{\"issuer\": \"" + issuer.name()
                + "\", \"subject\": \"approver-person\", \"principal\": \"approver\"}";
        assertEquals(
                201,
                node.call("admin", "PUT", "/v1/token-subjects/person", body).status());
        Eventually.holds(
                "now it has what the principal's roles hold",
                () -> get(token, "/v1/customers").status(),
                status -> status == 403);
        assertEquals(200, get(token, "/v1/postings").status());
        node.call("admin", "DELETE", "/v1/token-subjects/person", null);
        Eventually.holds("and no more", () -> get(token, "/v1/customers").status(), status -> status == 200);
    }

    private void settled() {
        String token = Issuer.signed(EC, good());
        Eventually.holds("the keys are known", () -> get(token, USAGE).status(), status -> status == 200);
    }

    private JWTClaimsSet.Builder good() {
        return issuer.claims("jane", "usage:read");
    }

    private String header(Function<com.nimbusds.jose.JWSHeader.Builder, com.nimbusds.jose.JWSHeader.Builder> change) {
        return Issuer.signed(EC, change.apply(Issuer.header(JWSAlgorithm.ES256, "ec-1")), good());
    }

    private String claims(Function<JWTClaimsSet.Builder, JWTClaimsSet.Builder> change) {
        return Issuer.signed(EC, change.apply(good()));
    }

    private static Date in(int seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    private Reply get(String token, String path) {
        return Http.call(node.url(), "GET", path, null, "Authorization", "Bearer " + token);
    }
}
