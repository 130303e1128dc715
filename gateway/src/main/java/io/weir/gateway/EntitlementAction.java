package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.weir.entitlement.Entitlements;
import io.weir.policies.Call;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.Ids;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Answers entitlement questions from the read model, on the event loop; only a miss goes further. */
final class EntitlementAction {
    private static final CharSequence NO_AGE = HttpHeaders.createOptimized("0");

    private final Entitlements entitlements;
    private final InstantSource clock;

    EntitlementAction(Entitlements entitlements, InstantSource clock) {
        this.entitlements = entitlements;
        this.clock = clock;
    }

    /** GET /v1/customers/{customer}/entitlements/{feature}. */
    Future<Answer> ofCustomer(Call call) {
        return answer(
                call, Requests.id(call, "customer", CustomerId::new), Requests.id(call, "feature", FeatureKey::new));
    }

    /** GET /v1/entitlements/{feature}?subject=. */
    Future<Answer> ofSubject(Call call) {
        String subject = call.query("subject");
        if (subject == null || !Ids.valid(subject)) {
            throw new RefusedException(Refusal.Invalid.at("/subject", "must name the account"));
        }
        FeatureKey feature = Requests.id(call, "feature", FeatureKey::new);
        return entitlements
                .customerOf(call.caller(), subject)
                .compose(customer -> call.caller().narrowing().maySee(customer)
                        ? answer(call, customer, feature)
                        : Future.failedFuture(new RefusedException(new Refusal.NotFound("customer"))));
    }

    private Future<Answer> answer(Call call, CustomerId customer, FeatureKey feature) {
        io.weir.entitlement.Answer cached = entitlements.cached(call.caller().tenant(), customer, feature);
        return cached != null
                ? Future.succeededFuture(write(call, cached))
                : entitlements.answer(call.caller(), customer, feature).map(read -> write(call, read));
    }

    private Answer write(Call call, io.weir.entitlement.Answer known) {
        Instant asOf = known.asOf();
        boolean stale = known.stale(asOf);
        CharSequence etag = known.etag(stale);
        HttpServerResponse response = call.request().response();
        response.putHeader(HttpHeaders.ETAG, etag);
        response.putHeader(HttpHeaders.CACHE_CONTROL, known.cacheControl(stale));
        long age = age(asOf);
        response.putHeader(HttpHeaders.AGE, age == 0 ? NO_AGE : Long.toString(age));
        String seen = call.request().getHeader(HttpHeaders.IF_NONE_MATCH);
        if (seen != null && seen.contains(etag)) {
            return Answer.empty(304);
        }
        Buffer body = known.body(asOf, known.source(), stale);
        return Answer.json(200, body);
    }

    private long age(Instant asOf) {
        return Math.max(0, Duration.between(asOf, clock.instant()).toSeconds());
    }
}
