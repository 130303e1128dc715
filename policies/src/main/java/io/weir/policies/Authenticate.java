package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.Caller;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.List;
import java.util.Optional;

/**
 * Who calls, and a tenant whose home region this node serves. The credential's form says how it is checked: an API key or an
 * access token in the Authorization header (RFC 6750), or, without that header, the client certificate of the connection. A
 * header stands before a certificate: who sends both is who the key or token says, and a token that is bound to a certificate
 * (RFC 8705) passes only with that one.
 */
public final class Authenticate implements Policy {
    private static final String BEARER = "Bearer ";
    private static final Future<Call> NO_CREDENTIAL =
            refused(new Refusal.Unauthenticated("send a key or a token: Authorization: Bearer weir_...", false));
    private static final Future<Call> NOT_KNOWN = refused(new Refusal.Unauthenticated("the API key is not known"));

    private final ApiKeys keys;
    private final AccessTokens tokens;
    private final ClientCertificates certificates;
    private final List<String> regions;

    public Authenticate(ApiKeys keys, AccessTokens tokens, ClientCertificates certificates, List<String> regions) {
        this.keys = keys;
        this.tokens = tokens;
        this.certificates = certificates;
        this.regions = List.copyOf(regions);
    }

    @Override
    public Future<Call> admit(Call call) {
        String header = call.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null) {
            return byCertificate(call);
        }
        if (!header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return NO_CREDENTIAL;
        }
        String credential = header.substring(BEARER.length()).strip();
        Optional<ApiKey> key = ApiKey.parse(credential);
        if (key.isEmpty()) {
            return credential.indexOf('.') < 0 ? NOT_KNOWN : byCaller(call, tokens.caller(call.request(), credential));
        }
        Future<Optional<Caller>> caller = keys.caller(key.get());
        return caller.succeeded() ? byKey(call, caller.result()) : caller.compose(found -> byKey(call, found));
    }

    private Future<Call> byCertificate(Call call) {
        ShownCertificate shown = ShownCertificate.of(call.request());
        return shown == null ? NO_CREDENTIAL : byCaller(call, certificates.caller(shown));
    }

    private Future<Call> byCaller(Call call, Future<Caller> caller) {
        return caller.succeeded() ? pass(call, caller.result()) : caller.compose(found -> pass(call, found));
    }

    private Future<Call> byKey(Call call, Optional<Caller> found) {
        return found.isEmpty() ? NOT_KNOWN : pass(call, found.get());
    }

    private Future<Call> pass(Call call, Caller caller) {
        if (!regions.contains(caller.region())) {
            return refused(new Refusal.WrongRegion(caller.region()));
        }
        return Future.succeededFuture(call.by(caller));
    }

    private static Future<Call> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
