package io.weir.policies;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Commands;
import io.weir.schemas.Cursor;
import io.weir.schemas.Locks;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The access tiers of a tenant: stored and listed. A change holds on every node as soon as the change feed tells of it. */
public final class AccessTiers {
    private final Pool pool;
    private final ApiKeys keys;
    private final int leastEventsBurst;

    /** @param leastEventsBurst the batch cap: a burst below it would make the largest batch impossible for ever */
    public AccessTiers(Pool pool, ApiKeys keys, int leastEventsBurst) {
        this.pool = pool;
        this.keys = keys;
        this.leastEventsBurst = leastEventsBurst;
    }

    /** What a tier allows, as the API takes it. */
    public record Limits(
            long requestsPerSecond,
            long requestsBurst,
            long eventsPerSecond,
            long eventsBurst,
            @JsonProperty("default") boolean isDefault) {
        AccessTier named(String name) {
            return new AccessTier(name, requestsPerSecond, requestsBurst, eventsPerSecond, eventsBurst);
        }
    }

    /** A tier as the API gives it. */
    public record Tier(
            String id,
            long requestsPerSecond,
            long requestsBurst,
            long eventsPerSecond,
            long eventsBurst,
            @JsonProperty("default") boolean isDefault) {
        static Tier of(AccessTier tier, boolean isDefault) {
            return new Tier(
                    tier.name(),
                    tier.requestsPerSecond(),
                    tier.requestsBurst(),
                    tier.eventsPerSecond(),
                    tier.eventsBurst(),
                    isDefault);
        }
    }

    /** Stores a tier that is not there yet. */
    public Future<Void> seed(TenantId tenant, AccessTier tier, boolean isDefault) {
        return AccessTierTable.seed(pool, tenant, tier, isDefault);
    }

    /** Stores a tier, in place of the one of that name. */
    public Future<Commands.Stored> put(TenantId tenant, String name, Limits limits) {
        if (limits.eventsBurst() < leastEventsBurst) {
            return Future.failedFuture(new RefusedException(Refusal.Invalid.at(
                    "/eventsBurst", "must be at least " + leastEventsBurst + ", the most events of a batch")));
        }
        return pool.withTransaction(sql -> sql.preparedQuery(AccessTierTable.LOCK)
                        .execute(Tuple.of(Locks.CREDENTIALS, tenant.value()))
                        .compose(locked -> limits.isDefault()
                                ? AccessTierTable.noLongerDefault(sql, tenant, name)
                                : Future.succeededFuture())
                        .compose(done -> AccessTierTable.put(sql, tenant, limits.named(name), limits.isDefault()))
                        .compose(made ->
                                CredentialTable.changed(sql, tenant, null).map(done -> new Commands.Stored(0, made))))
                .onSuccess(stored -> keys.forget(tenant, null));
    }

    /** The tier of that name. */
    public Future<Optional<Tier>> get(TenantId tenant, String name) {
        return AccessTierTable.one(pool, tenant, name);
    }

    /** Tiers by their name. */
    public Future<Page<Tier>> list(TenantId tenant, int limit, @Nullable String cursor) {
        Cursor read = Cursor.read(cursor, 1);
        return AccessTierTable.after(
                        pool, tenant, read == null ? "" : read.parts().getFirst(), limit + 1)
                .map(found -> page(found, limit));
    }

    private static Page<Tier> page(List<Tier> found, int limit) {
        return found.size() <= limit
                ? new Page<>(found, null)
                : new Page<>(
                        found.subList(0, limit),
                        Cursor.of(found.get(limit - 1).id()).text());
    }
}
