package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.Caller;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.List;
import java.util.Optional;

/** Who calls: the API key of the Authorization header (RFC 6750), and a tenant whose home region this node serves. */
public final class Authenticate implements Policy {
    private static final String BEARER = "Bearer ";
    private static final Future<Call> NO_CREDENTIAL = refused("send an API key: Authorization: Bearer weir_...");
    private static final Future<Call> NOT_KNOWN = refused("the API key is not known");

    private final ApiKeys keys;
    private final List<String> regions;

    public Authenticate(ApiKeys keys, List<String> regions) {
        this.keys = keys;
        this.regions = List.copyOf(regions);
    }

    @Override
    public Future<Call> admit(Call call) {
        String header = call.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return NO_CREDENTIAL;
        }
        Optional<ApiKey> key = ApiKey.parse(header.substring(BEARER.length()).strip());
        if (key.isEmpty()) {
            return NOT_KNOWN;
        }
        Future<Optional<Caller>> caller = keys.caller(key.get());
        return caller.succeeded() ? pass(call, caller.result()) : caller.compose(found -> pass(call, found));
    }

    private Future<Call> pass(Call call, Optional<Caller> found) {
        if (found.isEmpty()) {
            return NOT_KNOWN;
        }
        Caller caller = found.get();
        if (!regions.contains(caller.region())) {
            return Future.failedFuture(new RefusedException(new Refusal.WrongRegion(caller.region())));
        }
        return Future.succeededFuture(call.by(caller));
    }

    private static Future<Call> refused(String detail) {
        return Future.failedFuture(new RefusedException(new Refusal.Unauthenticated(detail)));
    }
}
