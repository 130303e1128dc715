package io.weir.policies;

import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.schemas.Caller;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import io.weir.settings.AdmissionSettings;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The keys that this node knows: a bounded cache over Postgres, and apart from it, so that guessing pushes no known key out, a
 * bounded and brief memory of which keys do not exist.
 *
 * <p>The change feed tells which key changed, or that something of a tenant did (a role, a principal, a tier); only that is
 * forgotten. Should every notice be lost, a key in use is looked up again after {@code keys.cacheSeconds}. While Postgres is
 * away known keys go on working, for {@code keys.keepSeconds} at most.
 */
public final class ApiKeys {
    private final Pool pool;
    private final InstantSource clock;
    private final AsyncLoadingCache<String, CredentialTable.Stored> known;
    private final Cache<String, Boolean> unknown;

    private final int maxLookups;
    private final AtomicInteger lookups = new AtomicInteger();
    private final LongAdder refusedLookups = new LongAdder();

    /** Counts what was forgotten: what a look-up found that began before is not remembered as unknown. */
    private final AtomicLong forgotten = new AtomicLong();

    public ApiKeys(Pool pool, AdmissionSettings.Keys settings, InstantSource clock) {
        this.pool = pool;
        this.clock = clock;
        this.maxLookups = settings.maxLookups();
        this.known = Caffeine.newBuilder()
                .maximumSize(settings.cacheSize())
                .executor(Runnable::run)
                .refreshAfterWrite(Duration.ofSeconds(settings.cacheSeconds()))
                .expireAfterWrite(Duration.ofSeconds(settings.keepSeconds()))
                .buildAsync((id, executor) -> find(id));
        this.unknown = Caffeine.newBuilder()
                .maximumSize(settings.unknownCacheSize())
                .executor(Runnable::run)
                .expireAfterWrite(Duration.ofSeconds(settings.unknownSeconds()))
                .build();
    }

    /** Begins to follow the change feed. */
    public void follow(EventBus bus) {
        Addresses.CHANGES.listen(bus, batch -> {
            if (batch.everything()) {
                forgetAll();
            }
            for (Change change : batch.changes()) {
                if (change.kind() == ChangeKind.CREDENTIAL) {
                    forget(change.tenant(), change.object());
                }
            }
        });
    }

    private void forgetAll() {
        forgotten.incrementAndGet();
        known.asMap().clear();
        unknown.invalidateAll();
    }

    /**
     * From now on the key is looked up anew.
     *
     * @param key its id; null for all of the tenant, which walks through what is known, with whatever is on its way
     */
    void forget(TenantId tenant, @Nullable String key) {
        forgotten.incrementAndGet();
        if (key == null) {
            known.asMap().values().removeIf(found -> !found.isDone() || isOf(tenant, found));
            unknown.invalidateAll();
        } else {
            known.asMap().remove(key);
            unknown.invalidate(key);
        }
    }

    private static boolean isOf(TenantId tenant, CompletableFuture<CredentialTable.Stored> found) {
        return found.isCompletedExceptionally()
                || found.join() == null
                || found.join().caller().tenant().equals(tenant);
    }

    /** How many keys are being looked up now. */
    public int lookups() {
        return lookups.get();
    }

    /** How many look-ups were refused because too many were under way. */
    public double refusedLookups() {
        return refusedLookups.sum();
    }

    /**
     * Who the key's holder is; empty for a key that is unknown, wrong, revoked or past its time; refused where it would have to be
     * looked up and too many others are. Several calls with one key are one look-up.
     */
    Future<Optional<Caller>> caller(ApiKey key) {
        CompletableFuture<CredentialTable.Stored> there = known.getIfPresent(key.id());
        if (there != null && there.isDone() && !there.isCompletedExceptionally()) {
            return Future.succeededFuture(check(key, there.join()));
        }
        if (there == null && unknown.getIfPresent(key.id()) != null) {
            return Future.succeededFuture(Optional.empty());
        }
        if (there == null && lookups.get() >= maxLookups) {
            refusedLookups.increment();
            return Future.failedFuture(
                    new RefusedException(new Refusal.Unavailable("too many keys are being looked up", 1)));
        }
        return Future.fromCompletionStage(known.get(key.id()), Vertx.currentContext())
                .map(found -> check(key, found));
    }

    /** Looks a key up; what does not exist completes with null, which the cache of known keys does not keep. */
    private CompletableFuture<CredentialTable.Stored> find(String id) {
        long before = forgotten.get();
        lookups.incrementAndGet();
        return CredentialTable.find(pool, id)
                .onComplete(done -> lookups.decrementAndGet())
                .map(found -> {
                    if (found == null && forgotten.get() == before) {
                        unknown.put(id, Boolean.TRUE);
                    }
                    return found;
                })
                .toCompletionStage()
                .toCompletableFuture();
    }

    private Optional<Caller> check(ApiKey key, CredentialTable.@Nullable Stored stored) {
        return stored != null
                        && MessageDigest.isEqual(stored.secretHash(), key.secretHash())
                        && clock.instant().isBefore(stored.expiresAt())
                ? stored.itsCaller()
                : Optional.empty();
    }

    /**
     * Stores a key, and the principal behind it with a role of its name and those scopes, unless they are there.
     *
     * @param excludes roles that the role excludes
     */
    public Future<Void> seed(
            TenantId tenant,
            String principal,
            String kind,
            String tier,
            Set<Scope> scopes,
            List<String> excludes,
            ApiKey key) {
        return pool.withTransaction(sql -> CredentialTable.seed(sql, tenant, principal, kind, scopes, excludes)
                .compose(done -> CredentialTable.seed(sql, tenant, principal, tier, scopes, key))
                .compose(done -> CredentialTable.changed(sql, tenant, key.id())));
    }
}
