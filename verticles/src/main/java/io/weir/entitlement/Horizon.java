package io.weir.entitlement;

import io.vertx.core.http.HttpHeaders;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;

/** Up to which instant this node knows every change, and when that is too long ago. */
final class Horizon {
    private final InstantSource time;
    private final WeirSettings.Entitlement settings;
    private final CharSequence cacheControl;
    private final CharSequence staleCacheControl;
    private final LongAdder staleAnswers = new LongAdder();
    private volatile Instant asOf = Instant.EPOCH;

    Horizon(WeirSettings.Entitlement settings, InstantSource time) {
        this.settings = settings;
        this.time = time;
        String ifError = ", stale-if-error=" + settings.staleIfErrorSeconds();
        this.cacheControl = HttpHeaders.createOptimized("private, max-age=" + settings.maxAgeSeconds() + ifError);
        this.staleCacheControl = HttpHeaders.createOptimized("private, max-age=0" + ifError);
    }

    Instant asOf() {
        return asOf;
    }

    void advance(Instant to) {
        asOf = to;
    }

    boolean stale(Instant knownUpTo) {
        return time.millis() - knownUpTo.toEpochMilli() > settings.maxStaleMillis();
    }

    CharSequence cacheControl(boolean stale) {
        return stale ? staleCacheControl : cacheControl;
    }

    void answeredStale() {
        staleAnswers.increment();
    }

    double staleAnswers() {
        return staleAnswers.sum();
    }

    double ageSeconds() {
        return Duration.between(asOf, time.instant()).toMillis() / 1000.0;
    }
}
