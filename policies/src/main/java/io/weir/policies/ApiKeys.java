package io.weir.policies;

import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Addresses;
import io.weir.schemas.Caller;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The keys that this node knows: a bounded cache over Postgres that also remembers, briefly, which keys do not exist.
 *
 * <p>The change feed empties it when a credential changes; should every notice be lost, a key in use is looked up again after
 * {@code keys.cacheSeconds}. While Postgres is away known keys go on working, for {@code keys.keepSeconds} at most.
 */
public final class ApiKeys {
    private final Pool pool;
    private final InstantSource clock;
    private final AsyncLoadingCache<String, Optional<CredentialTable.Stored>> cache;

    public ApiKeys(Pool pool, WeirSettings.Keys settings, InstantSource clock) {
        this.pool = pool;
        this.clock = clock;
        this.cache = Caffeine.newBuilder()
                .maximumSize(settings.cacheSize())
                .executor(Runnable::run)
                .refreshAfterWrite(Duration.ofSeconds(settings.cacheSeconds()))
                .expireAfter(Expiry.<String, Optional<CredentialTable.Stored>>writing((id, found) ->
                        Duration.ofSeconds(found.isPresent() ? settings.keepSeconds() : settings.unknownSeconds())))
                .buildAsync((id, executor) ->
                        CredentialTable.find(pool, id).toCompletionStage().toCompletableFuture());
    }

    /** Begins to follow the change feed. */
    public void follow(EventBus bus) {
        Addresses.CHANGES.listen(bus, batch -> {
            if (batch.everything() || batch.changes().stream().anyMatch(c -> c.kind() == ChangeKind.CREDENTIAL)) {
                cache.synchronous().invalidateAll();
            }
        });
    }

    /** Who the key's holder is; empty for a key that is unknown, wrong, revoked or past its time. */
    Future<Optional<Caller>> caller(ApiKey key) {
        CompletableFuture<Optional<CredentialTable.Stored>> known = cache.getIfPresent(key.id());
        if (known != null && known.isDone() && !known.isCompletedExceptionally()) {
            return Future.succeededFuture(check(key, known.join()));
        }
        return Future.fromCompletionStage(cache.get(key.id()), Vertx.currentContext())
                .map(found -> check(key, found));
    }

    private Optional<Caller> check(ApiKey key, Optional<CredentialTable.Stored> found) {
        return found.filter(stored -> MessageDigest.isEqual(stored.secretHash(), key.secretHash()))
                .filter(stored -> clock.instant().isBefore(stored.expiresAt()))
                .map(CredentialTable.Stored::caller);
    }

    /** Stores an access tier. */
    public Future<Void> putTier(TenantId tenant, AccessTier tier) {
        return pool.withTransaction(
                sql -> CredentialTable.put(sql, tenant, tier).compose(done -> CredentialTable.changed(sql, tenant)));
    }

    /** Stores a key and the principal behind it, unless they are there. */
    public Future<Void> putKey(
            TenantId tenant, String principal, String kind, String tier, Set<Scope> scopes, ApiKey key) {
        return pool.withTransaction(sql -> CredentialTable.put(sql, tenant, principal, kind)
                .compose(done -> CredentialTable.put(sql, tenant, principal, tier, scopes, key))
                .compose(done -> CredentialTable.changed(sql, tenant)));
    }
}
