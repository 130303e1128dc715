package io.weir.policies;

import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.weir.schemas.Addresses;
import io.weir.schemas.ChangeKind;
import io.weir.settings.AdmissionSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What Postgres says of who calls, remembered as {@link ApiKeys} does: bounded, with what does not exist for a short time,
 * emptied by the change feed, looked up again beside the call after {@code keys.cacheSeconds}, and good for
 * {@code keys.keepSeconds} while Postgres is away.
 */
final class Remembered<K, V> {
    private final AsyncLoadingCache<K, Optional<V>> cache;

    Remembered(AdmissionSettings.Keys settings, Function<K, Future<Optional<V>>> load) {
        this.cache = Caffeine.newBuilder()
                .maximumSize(settings.cacheSize())
                .executor(Runnable::run)
                .refreshAfterWrite(Duration.ofSeconds(settings.cacheSeconds()))
                .expireAfter(Expiry.<K, Optional<V>>writing((key, found) ->
                        Duration.ofSeconds(found.isPresent() ? settings.keepSeconds() : settings.unknownSeconds())))
                .buildAsync(
                        (key, executor) -> load.apply(key).toCompletionStage().toCompletableFuture());
    }

    void follow(EventBus bus) {
        Addresses.CHANGES.listen(bus, batch -> {
            if (batch.everything() || batch.changes().stream().anyMatch(c -> c.kind() == ChangeKind.CREDENTIAL)) {
                cache.synchronous().invalidateAll();
            }
        });
    }

    /** What is known; completed at once where it is remembered, otherwise on the caller's own context. */
    Future<Optional<V>> get(K key) {
        CompletableFuture<Optional<V>> known = cache.getIfPresent(key);
        if (known != null && known.isDone() && !known.isCompletedExceptionally()) {
            return Future.succeededFuture(known.join());
        }
        return Future.fromCompletionStage(cache.get(key), Vertx.currentContext());
    }
}
