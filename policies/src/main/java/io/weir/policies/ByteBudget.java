package io.weir.policies;

import io.weir.schemas.TenantId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that may be held at once, of the node and of each tenant in it, so that a flood of one leaves room for the others.
 * Only tenants that hold any are kept.
 */
public final class ByteBudget {
    private final long most;
    private final long mostOfTenant;
    private final AtomicLong held = new AtomicLong();
    private final ConcurrentHashMap<TenantId, Long> byTenant = new ConcurrentHashMap<>();

    public ByteBudget(long most, long mostOfTenant) {
        this.most = most;
        this.mostOfTenant = mostOfTenant;
    }

    /** Takes so many bytes, or none where they are not there. */
    public boolean take(TenantId tenant, long bytes) {
        if (held.addAndGet(bytes) > most) {
            held.addAndGet(-bytes);
            return false;
        }
        if (byTenant.merge(tenant, bytes, Long::sum) > mostOfTenant) {
            give(tenant, bytes);
            return false;
        }
        return true;
    }

    /** Whether so many bytes would be there now. */
    public boolean has(TenantId tenant, long bytes) {
        return held.get() + bytes <= most && byTenant.getOrDefault(tenant, 0L) + bytes <= mostOfTenant;
    }

    /** Gives back what was taken. */
    public void give(TenantId tenant, long bytes) {
        held.addAndGet(-bytes);
        byTenant.computeIfPresent(tenant, (holder, has) -> has <= bytes ? null : Long.valueOf(has - bytes));
    }

    /** How many are held now. */
    public long held() {
        return held.get();
    }

    /** A part of the budget that grows, and is given back as a whole; of one event loop. */
    Held of(TenantId tenant) {
        return new Held(tenant);
    }

    /** What one body has of the budget. */
    final class Held {
        private final TenantId tenant;
        private long bytes;
        private boolean ended;

        private Held(TenantId tenant) {
            this.tenant = tenant;
        }

        boolean upTo(long length) {
            return length <= bytes || more(length - bytes);
        }

        boolean more(long wanted) {
            if (ended || !take(tenant, wanted)) {
                return false;
            }
            bytes += wanted;
            return true;
        }

        void end() {
            if (!ended) {
                ended = true;
                give(tenant, bytes);
            }
        }
    }
}
