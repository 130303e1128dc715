package io.weir.policies;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Caller;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * How much a credential may do: token buckets of its access tier, in this process.
 *
 * <p>Every answer, also a refusal, carries {@code RateLimit-Policy} and {@code RateLimit}
 * (draft-ietf-httpapi-ratelimit-headers-10). {@link #requests()} costs one; {@link #events()}, behind the check of a batch,
 * costs its events. Bounded: buckets of the most recent credentials are kept, and a bucket that is full again is forgotten.
 */
public final class Throttle {
    private static final CharSequence POLICY = HttpHeaders.createOptimized("RateLimit-Policy");
    private static final CharSequence LIMIT = HttpHeaders.createOptimized("RateLimit");

    private final Cache<String, Buckets> buckets;
    private final LongSupplier nanos;

    /**
     * Buckets for so many credentials at most.
     *
     * @param nanos a monotonic clock
     */
    public Throttle(int credentials, LongSupplier nanos) {
        this.nanos = nanos;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(credentials)
                .expireAfterAccess(Duration.ofHours(1))
                .executor(Runnable::run)
                .build();
    }

    private record Buckets(AccessTier tier, String policy, TokenBucket requests, TokenBucket events) {}

    /** The limit on requests. */
    public Policy requests() {
        return call -> {
            long now = nanos.getAsLong();
            Buckets held = of(call.caller(), now);
            boolean taken = held.requests.take(1, now);
            tell(call, held, now, "requests", held.requests);
            return taken ? Future.succeededFuture(call) : refused("requests", held.requests.secondsUntil(1, now));
        };
    }

    /** The limit on events. */
    public Policy events() {
        return call -> {
            long now = nanos.getAsLong();
            Buckets held = of(call.caller(), now);
            int cost = call.batch().events().size();
            boolean taken = held.events.take(cost, now);
            if (taken && held.events.remaining(now) >= held.tier.eventsPerSecond()) {
                return Future.succeededFuture(call);
            }
            tell(call, held, now, "events", held.events);
            return taken ? Future.succeededFuture(call) : refused("events", held.events.secondsUntil(cost, now));
        };
    }

    /**
     * What came of asking for tokens behind the head of an answer.
     *
     * @param waitMillis after how long to ask again; 0 where they were taken
     * @param violated the limits that did not have them
     */
    public record Taking(long waitMillis, List<String> violated) {
        public boolean taken() {
            return violated.isEmpty();
        }
    }

    /** Takes the tokens of a part of a stream, or none. */
    public Taking take(Caller caller, int events, long bytes) {
        long now = nanos.getAsLong();
        Buckets held = of(caller, now);
        return held.events.take(events, now)
                ? new Taking(0, List.of())
                : new Taking(1_000L * held.events.secondsUntil(events, now), List.of("events"));
    }

    private Buckets of(Caller caller, long now) {
        Buckets held = buckets.getIfPresent(caller.credential());
        return held != null && held.tier.equals(caller.tier())
                ? held
                : buckets.asMap()
                        .compute(
                                caller.credential(),
                                (credential, there) -> there != null && there.tier.equals(caller.tier())
                                        ? there
                                        : make(caller.tier(), now));
    }

    private static Buckets make(AccessTier tier, long now) {
        String policy = "\"requests\";q=" + tier.requestsPerSecond() + ";w=1, \"events\";q=" + tier.eventsPerSecond()
                + ";qu=\"events\";w=1";
        return new Buckets(
                tier,
                policy,
                new TokenBucket(tier.requestsPerSecond(), tier.requestsBurst(), now),
                new TokenBucket(tier.eventsPerSecond(), tier.eventsBurst(), now));
    }

    private static void tell(Call call, Buckets held, long now, String name, TokenBucket bucket) {
        call.request()
                .response()
                .putHeader(POLICY, held.policy)
                .putHeader(LIMIT, "\"" + name + "\";r=" + bucket.remaining(now) + ";t=1");
    }

    private static Future<Call> refused(String name, int seconds) {
        return Future.failedFuture(new RefusedException(new Refusal.Throttled(List.of(name), seconds)));
    }
}
