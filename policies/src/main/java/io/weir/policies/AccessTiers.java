package io.weir.policies;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands;
import io.weir.schemas.Cursor;
import io.weir.schemas.FieldError;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The access tiers of a tenant: stored and listed. A change holds on every node as soon as the change feed tells of it. */
public final class AccessTiers {
    private final Pool pool;
    private final ApiKeys keys;
    private final int leastEventsBurst;
    private final int leastBytesBurst;

    /**
     * @param leastEventsBurst the batch cap: a burst below it would make the largest batch impossible for ever
     * @param leastBytesBurst the body cap, likewise
     */
    public AccessTiers(Pool pool, ApiKeys keys, int leastEventsBurst, int leastBytesBurst) {
        this.pool = pool;
        this.keys = keys;
        this.leastEventsBurst = leastEventsBurst;
        this.leastBytesBurst = leastBytesBurst;
    }

    /** What a tier allows, as the API takes it; what is absent is not limited. */
    public record Limits(
            @Nullable Long requestsPerSecond,
            @Nullable Long requestsBurst,
            @Nullable Long eventsPerSecond,
            @Nullable Long eventsBurst,
            @Nullable Long bytesPerSecond,
            @Nullable Long bytesBurst,
            @Nullable Integer concurrentRequests,
            @Nullable Long eventsPerMonth,
            @Nullable String failMode,
            @Nullable String kafkaAway,
            @JsonProperty("default") boolean isDefault,
            @JsonProperty("tenant") boolean ofTenant) {
        AccessTier named(String name) {
            return new AccessTier(
                    name,
                    rate(requestsPerSecond, requestsBurst),
                    rate(eventsPerSecond, eventsBurst),
                    rate(bytesPerSecond, bytesBurst),
                    concurrentRequests == null ? OptionalInt.empty() : OptionalInt.of(concurrentRequests),
                    eventsPerMonth == null ? OptionalLong.empty() : OptionalLong.of(eventsPerMonth),
                    failMode == null
                            ? AccessTier.FailMode.SHARE
                            : AccessTier.FailMode.valueOf(failMode.toUpperCase(Locale.ROOT)),
                    kafkaAway == null
                            ? AccessTier.KafkaAway.REFUSE
                            : AccessTier.KafkaAway.valueOf(kafkaAway.toUpperCase(Locale.ROOT)));
        }

        private static Optional<AccessTier.Rate> rate(@Nullable Long perSecond, @Nullable Long burst) {
            return perSecond == null || burst == null
                    ? Optional.empty()
                    : Optional.of(new AccessTier.Rate(perSecond, burst));
        }

        private List<FieldError> wrong(int leastEventsBurst, int leastBytesBurst) {
            List<FieldError> wrong = new ArrayList<>();
            pair(wrong, "requests", requestsPerSecond, requestsBurst);
            pair(wrong, "events", eventsPerSecond, eventsBurst);
            pair(wrong, "bytes", bytesPerSecond, bytesBurst);
            if (eventsBurst != null && eventsBurst < leastEventsBurst) {
                wrong.add(new FieldError(
                        "/eventsBurst", "must be at least " + leastEventsBurst + ", the most events of a batch"));
            }
            if (bytesBurst != null && bytesBurst < leastBytesBurst) {
                wrong.add(new FieldError(
                        "/bytesBurst", "must be at least " + leastBytesBurst + ", the most bytes of a body"));
            }
            return wrong;
        }

        private static void pair(List<FieldError> wrong, String name, @Nullable Long perSecond, @Nullable Long burst) {
            if ((perSecond == null) != (burst == null)) {
                wrong.add(new FieldError(
                        "/" + name + (burst == null ? "Burst" : "PerSecond"),
                        "must be given with " + name + (burst == null ? "PerSecond" : "Burst")));
            }
        }
    }

    /** A tier as the API gives it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Tier(
            String id,
            @Nullable Long requestsPerSecond,
            @Nullable Long requestsBurst,
            @Nullable Long eventsPerSecond,
            @Nullable Long eventsBurst,
            @Nullable Long bytesPerSecond,
            @Nullable Long bytesBurst,
            @Nullable Integer concurrentRequests,
            @Nullable Long eventsPerMonth,
            String failMode,
            String kafkaAway,
            @JsonProperty("default") boolean isDefault,
            @JsonProperty("tenant") boolean ofTenant) {
        static Tier of(AccessTier tier, boolean isDefault, boolean ofTenant) {
            return new Tier(
                    tier.name(),
                    tier.requests().map(AccessTier.Rate::perSecond).orElse(null),
                    tier.requests().map(AccessTier.Rate::burst).orElse(null),
                    tier.events().map(AccessTier.Rate::perSecond).orElse(null),
                    tier.events().map(AccessTier.Rate::burst).orElse(null),
                    tier.bytes().map(AccessTier.Rate::perSecond).orElse(null),
                    tier.bytes().map(AccessTier.Rate::burst).orElse(null),
                    tier.concurrentRequests().isPresent()
                            ? tier.concurrentRequests().getAsInt()
                            : null,
                    tier.eventsPerMonth().isPresent() ? tier.eventsPerMonth().getAsLong() : null,
                    tier.failMode().name().toLowerCase(Locale.ROOT),
                    tier.kafkaAway().name().toLowerCase(Locale.ROOT),
                    isDefault,
                    ofTenant);
        }
    }

    /** Stores a tier that is not there yet. */
    public Future<Void> seed(TenantId tenant, AccessTier tier, boolean isDefault) {
        return AccessTierTable.seed(pool, tenant, tier, isDefault);
    }

    /** Stores a tier, in place of the one of that name. */
    public Future<Commands.Stored> put(TenantId tenant, Actor actor, String name, Limits limits) {
        List<FieldError> wrong = limits.wrong(leastEventsBurst, leastBytesBurst);
        if (!wrong.isEmpty()) {
            return Future.failedFuture(new RefusedException(new Refusal.Invalid(wrong)));
        }
        return pool.withTransaction(sql -> CredentialTable.lock(sql, tenant)
                        .compose(locked -> AccessTierTable.one(sql, tenant, name))
                        .compose(before -> store(sql, tenant, name, limits)
                                .compose(done -> AccessTierTable.one(sql, tenant, name))
                                .compose(after -> told(sql, tenant, actor, before, after.orElseThrow()))
                                .map(done -> new Commands.Stored(0, before.isEmpty()))))
                .onSuccess(stored -> keys.forget(tenant, null));
    }

    private static Future<Boolean> store(SqlClient sql, TenantId tenant, String name, Limits limits) {
        return (limits.isDefault()
                        ? AccessTierTable.noLongerDefault(sql, tenant, name)
                        : Future.<Void>succeededFuture())
                .compose(done -> limits.ofTenant()
                        ? AccessTierTable.noLongerTenants(sql, tenant, name)
                        : Future.succeededFuture())
                .compose(done ->
                        AccessTierTable.put(sql, tenant, limits.named(name), limits.isDefault(), limits.ofTenant()));
    }

    private static Future<Void> told(SqlClient sql, TenantId tenant, Actor actor, Optional<Tier> before, Tier after) {
        if (before.isPresent() && before.get().equals(after)) {
            return Future.succeededFuture();
        }
        Act act = before.isEmpty() ? Act.TIER_CREATED : Act.TIER_CHANGED;
        return CredentialTable.changed(sql, tenant, null)
                .compose(done -> CredentialTable.audit(
                        sql, Audited.of(tenant, actor, act, after.id(), before.orElse(null), after)));
    }

    /** The tier of that name. */
    public Future<Optional<Tier>> get(TenantId tenant, String name) {
        return AccessTierTable.one(pool, tenant, name);
    }

    /** Tiers by their name. */
    public Future<Page<Tier>> list(TenantId tenant, int limit, @Nullable String cursor) {
        String after = Cursor.after(cursor);
        return AccessTierTable.after(pool, tenant, after == null ? "" : after, limit + 1)
                .map(found -> Page.upTo(found, limit, item -> Cursor.of(item.id())));
    }
}
