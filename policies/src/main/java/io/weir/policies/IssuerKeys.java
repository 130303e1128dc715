package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of one issuer, as far as this node knows: fetched in the background, and when a token names one that is not here.
 *
 * <p>One fetch at a time, and none within {@code jwt.minFetchSeconds} of the one before, whatever tokens say: so nobody can
 * have an issuer flooded. A fetch that succeeds replaces all keys, so one that vanished signs no more. While fetches fail the
 * keys stay, for {@code jwt.keepSeconds} after the last good one.
 */
final class IssuerKeys {
    private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);

    /** How often keys are fetched, and how long they are good. */
    record Times(Duration refresh, Duration least, Duration keep) {}

    /** What was fetched, when. */
    private record Fetched(Map<String, IssuerKey> keys, long atNanos) {}

    private final String name;
    private final Supplier<Future<Map<String, IssuerKey>>> source;
    private final Times times;
    private final LongSupplier nanos;
    private final IssuerSignals signals;
    private final AtomicReference<@Nullable CompletableFuture<Void>> underWay = new AtomicReference<>();
    private volatile @Nullable Fetched fetched;
    private volatile @Nullable Long attemptedAt;

    /**
     * No keys yet.
     *
     * @param name of the issuer in the settings, for the log
     * @param signals told how each fetch ended
     */
    IssuerKeys(
            String name,
            Supplier<Future<Map<String, IssuerKey>>> source,
            Times times,
            LongSupplier nanos,
            IssuerSignals signals) {
        this.name = name;
        this.source = source;
        this.times = times;
        this.nanos = nanos;
        this.signals = signals;
    }

    /** Fetches the keys where that is due; asked at least every {@code jwt.minFetchSeconds}. */
    void tick() {
        Fetched now = fetched;
        if (now == null || signals.failing() || age(now).compareTo(times.refresh) >= 0) {
            fetch();
        }
    }

    /** Whether it is known, and lately enough, which keys there are. */
    boolean known() {
        Fetched now = fetched;
        return now != null && age(now).compareTo(times.keep) < 0;
    }

    /** Whether the key is still one of the issuer's. */
    boolean holds(IssuerKey key) {
        IssuerKey here = find(key.id());
        return here != null && here.jwk().equals(key.jwk());
    }

    /** The key of that id, on the caller's own context; null where the issuer has none, as far as can be known now. */
    Future<@Nullable IssuerKey> key(String id) {
        IssuerKey here = find(id);
        return here != null
                ? Future.succeededFuture(here)
                : Future.fromCompletionStage(fetch(), Vertx.currentContext()).map(done -> find(id));
    }

    private @Nullable IssuerKey find(String id) {
        Fetched now = fetched;
        return now == null ? null : now.keys.get(id);
    }

    /** Completes when the fetch that is under way has ended, well or not; at once where none may begin. */
    private CompletableFuture<Void> fetch() {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> other = underWay.compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        long now = nanos.getAsLong();
        Long before = attemptedAt;
        if (before != null && now - before < times.least.toNanos()) {
            end(mine);
            return mine;
        }
        attemptedAt = now;
        ask().onComplete(answer -> {
            if (answer.succeeded()) {
                fetched = new Fetched(answer.result(), now);
                signals.answered();
            } else {
                LOG.warn("jwt.keys issuer={} failure={}", name, String.valueOf(answer.cause()));
                signals.lost();
            }
            end(mine);
        });
        return mine;
    }

    private Future<Map<String, IssuerKey>> ask() {
        try {
            return source.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void end(CompletableFuture<Void> mine) {
        underWay.set(null);
        mine.complete(null);
    }

    private Duration age(Fetched now) {
        return Duration.ofNanos(nanos.getAsLong() - now.atNanos);
    }
}
