package io.weir.policies;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.weir.schemas.Json;
import io.weir.settings.AdmissionSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Where an issuer publishes its keys (RFC 7517): at the URI that the settings name, or at the one that its metadata names. No
 * redirect is followed, only https (or loopback) is asked, and time and size of an answer are bounded.
 */
final class KeySource {
    private static final String OAUTH = "/.well-known/oauth-authorization-server";
    private static final String OPENID = "/.well-known/openid-configuration";

    private final HttpClient http;
    private final AdmissionSettings.Jwt settings;
    private final AdmissionSettings.Issuer issuer;

    KeySource(HttpClient http, AdmissionSettings.Jwt settings, AdmissionSettings.Issuer issuer) {
        this.http = http;
        this.settings = settings;
        this.issuer = issuer;
    }

    /** The keys that are published now and can be used, by their ids; the first one of an id stands. */
    Future<Map<String, IssuerKey>> fetch() {
        Future<String> where = issuer.jwksUri().isEmpty() ? discovered() : Future.succeededFuture(issuer.jwksUri());
        return where.compose(this::get).map(this::keys);
    }

    private Map<String, IssuerKey> keys(Buffer document) {
        Map<String, IssuerKey> keys = new LinkedHashMap<>();
        try {
            for (JWK jwk :
                    JWKSet.parse(document.toString(StandardCharsets.UTF_8)).getKeys()) {
                if (keys.size() < settings.maxKeys()) {
                    IssuerKey.of(jwk).ifPresent(key -> keys.putIfAbsent(key.id(), key));
                }
            }
        } catch (ParseException e) {
            throw new IllegalStateException("what it publishes is no key set: " + e.getMessage(), e);
        }
        return Map.copyOf(keys);
    }

    private Future<String> discovered() {
        return get(wellKnown())
                .recover(none -> get(issuer.issuer().replaceAll("/$", "") + OPENID))
                .map(this::keysUri);
    }

    /** The metadata's place: before the issuer's own path (RFC 8414 3.1). */
    private String wellKnown() {
        String uri = issuer.issuer();
        int path = uri.indexOf('/', uri.indexOf("//") + 2);
        return path < 0
                ? uri + OAUTH
                : uri.substring(0, path) + OAUTH + uri.substring(path).replaceAll("/$", "");
    }

    private String keysUri(Buffer metadata) {
        try {
            JsonNode read = Json.tree(metadata.toString(StandardCharsets.UTF_8));
            String uri = read.path("jwks_uri").asString("");
            if (!read.path("issuer").asString("").equals(issuer.issuer())) {
                throw new IllegalStateException("its metadata is of another issuer");
            }
            if (!AdmissionSettings.Issuer.secure(uri)) {
                throw new IllegalStateException("its metadata names no jwks_uri with https");
            }
            return uri;
        } catch (JacksonException e) {
            throw new IllegalStateException("its metadata is no JSON", e);
        }
    }

    private Future<Buffer> get(String uri) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(uri)
                .setFollowRedirects(false)
                .setConnectTimeout(settings.fetchTimeoutMillis())
                .setIdleTimeout(settings.fetchTimeoutMillis())
                .putHeader("Accept", "application/json");
        return http.request(options)
                .compose(request -> request.send()
                        .compose(this::body)
                        .timeout(settings.fetchTimeoutMillis(), TimeUnit.MILLISECONDS)
                        .onFailure(failure -> request.reset()));
    }

    private Future<Buffer> body(HttpClientResponse response) {
        if (response.statusCode() != 200) {
            return Future.failedFuture(new IOException("it answers " + response.statusCode()));
        }
        Promise<Buffer> whole = Promise.promise();
        Buffer read = Buffer.buffer();
        response.handler(chunk -> {
            if (read.length() + chunk.length() > settings.maxFetchBytes()) {
                whole.tryFail(new IOException("its answer has more than " + settings.maxFetchBytes() + " bytes"));
            } else {
                read.appendBuffer(chunk);
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(read));
        return whole.future();
    }
}
