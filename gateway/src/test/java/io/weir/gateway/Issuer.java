package io.weir.gateway;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A token issuer of a test's own: signs access tokens, and publishes its keys over HTTP. */
final class Issuer implements AutoCloseable {
    static final String AUDIENCE = "weir";

    final List<JWK> published = new CopyOnWriteArrayList<>();
    final AtomicInteger asked = new AtomicInteger();
    volatile boolean down;

    private final HttpServer server;

    Issuer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/.well-known/oauth-authorization-server/realm", this::metadata);
        server.createContext("/keys", this::keys);
        server.start();
    }

    /** Its name, as tokens carry it. */
    String name() {
        return origin() + "/realm";
    }

    String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void metadata(HttpExchange exchange) throws IOException {
        answer(exchange, "{\"issuer\": \"" + name() + "\", \"jwks_uri\": \"" + origin() + "/keys\"}");
    }

    private void keys(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        answer(exchange, new JWKSet(new ArrayList<>(published)).toString(true));
    }

    private void answer(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(down ? 500 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    static ECKey ec(String id) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static RSAKey rsa(String id, int bits) {
        try {
            return new RSAKeyGenerator(bits, true).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Claims of a token that passes. */
    JWTClaimsSet.Builder claims(String subject, String scopes) {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(name())
                .audience(AUDIENCE)
                .subject(subject)
                .claim("client_id", "test-client")
                .claim("tenant", "demo")
                .claim("scope", scopes)
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)));
    }

    static JWSHeader.Builder header(JWSAlgorithm algorithm, String key) {
        return new JWSHeader.Builder(algorithm)
                .type(new JOSEObjectType("at+jwt"))
                .keyID(key);
    }

    static String signed(JWK key, JWTClaimsSet.Builder claims) {
        JWSAlgorithm algorithm = key instanceof RSAKey ? JWSAlgorithm.RS256 : JWSAlgorithm.ES256;
        return signed(key, header(algorithm, key.getKeyID()), claims);
    }

    static String signed(JWK key, JWSHeader.Builder header, JWTClaimsSet.Builder claims) {
        SignedJWT token = new SignedJWT(header.build(), claims.build());
        try {
            token.sign(
                    switch (key) {
                        case ECKey ec -> new ECDSASigner(ec);
                        case RSAKey rsa -> new RSASSASigner(rsa.toPrivateKey(), true);
                        default -> throw new IllegalArgumentException(key.toString());
                    });
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    /** A token whose secret is the public key's text: what a checker would take that lets the token choose how. */
    static String mixedUp(RSAKey key, JWTClaimsSet.Builder claims) {
        SignedJWT token =
                new SignedJWT(header(JWSAlgorithm.HS256, key.getKeyID()).build(), claims.build());
        try {
            token.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    /** A token without a signature. */
    static String unsigned(JWTClaimsSet.Builder claims) {
        return encoded("{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"ec-1\"}") + "."
                + encoded(claims.build().toString()) + ".";
    }

    static String encoded(String text) {
        return java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Settings that trust it. */
    String settings() {
        return Map.of(
                        "clockSkewSeconds", "5",
                        "maxTokenBytes", "4096",
                        "minFetchSeconds", "1",
                        "refreshSeconds", "1",
                        "keepSeconds", "3600")
                .entrySet()
                .stream()
                .map(one -> "  " + one.getKey() + ": " + one.getValue() + "\n")
                .collect(java.util.stream.Collectors.joining("", "jwt:\n", """
                          issuers:
                            main:
                              issuer: %s
                              audience: weir
                              jwksUri: ""
                              algorithms: [ES256, RS256]
                              tenantClaim: tenant
                              scopeClaim: scope
                              tenants: [demo, nowhere]
                              tier: standard
                        """.formatted(name())));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
