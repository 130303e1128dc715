package io.weir.entitlement;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.weir.schemas.CustomerId;
import io.weir.schemas.TenantId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Which customer a product's subject is. Any change of a tenant's master data lets all of its subjects be looked up
 * again (by the primary key): an identity may have moved from a customer that the change does not name. Unknown subjects
 * are not kept.
 */
final class Subjects {
    private final EntitlementTable table;
    private final Cache<Key, Found> found;
    private final Map<TenantId, Long> changed = new ConcurrentHashMap<>();
    private final AtomicLong generations = new AtomicLong(1);
    private volatile long allChanged;

    private record Key(TenantId tenant, String subject) {}

    private record Found(CustomerId customer, long generation) {}

    Subjects(EntitlementTable table, int most) {
        this.table = table;
        this.found =
                Caffeine.newBuilder().maximumSize(most).executor(Runnable::run).build();
    }

    @Nullable
    CustomerId known(TenantId tenant, String subject) {
        Found known = found.getIfPresent(new Key(tenant, subject));
        return known != null && known.generation() >= changedAt(tenant) ? known.customer() : null;
    }

    /** Whose it was when it was last looked up, for want of a better answer. */
    @Nullable
    CustomerId lastKnown(TenantId tenant, String subject) {
        Found known = found.getIfPresent(new Key(tenant, subject));
        return known == null ? null : known.customer();
    }

    Future<Optional<CustomerId>> find(TenantId tenant, String subject) {
        long generation = generations.get();
        return table.customerOf(tenant, subject)
                .onSuccess(customer ->
                        customer.ifPresent(it -> found.put(new Key(tenant, subject), new Found(it, generation))));
    }

    void tenantChanged(TenantId tenant) {
        changed.put(tenant, generations.incrementAndGet());
    }

    void allChanged() {
        allChanged = generations.incrementAndGet();
        changed.clear();
    }

    private long changedAt(TenantId tenant) {
        return Math.max(allChanged, changed.getOrDefault(tenant, 0L));
    }
}
