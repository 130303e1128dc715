package io.weir.policies;

import io.weir.schemas.AccessTier;
import io.weir.schemas.TenantId;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Who is limited, on this node: a credential, or a tenant over all its credentials; with what its tier leaves it. */
final class Holder {
    /** In place of a credential's id: the whole tenant. */
    static final String WHOLE_TENANT = "*";

    final TenantId tenant;
    final String id;
    final AccessTier tier;
    final @Nullable Tap[] taps = new Tap[Tank.RATES];
    final @Nullable Slots slots;
    final @Nullable Month month;
    final Lease lease;
    final CharSequence policies;
    private final AtomicBoolean awake = new AtomicBoolean();

    /**
     * A holder as its tier says.
     *
     * @param before what it was under another tier; requests under way go on counting
     */
    Holder(
            TenantId tenant,
            String id,
            AccessTier tier,
            @Nullable Holder before,
            Leases leases,
            Months months,
            long now) {
        this.tenant = tenant;
        this.id = id;
        this.tier = tier;
        taps[0] = tap(Limit.REQUESTS, tier.requests(), leases, now);
        taps[1] = tap(Limit.EVENTS, tier.events(), leases, now);
        taps[2] = tap(Limit.BYTES, tier.bytes(), leases, now);
        this.slots = tier.concurrentRequests().isPresent()
                ? new Slots(
                        name(Limit.CONCURRENT),
                        tier.concurrentRequests().getAsInt(),
                        before == null ? null : before.slots,
                        leases)
                : null;
        this.month = tier.eventsPerMonth().isPresent()
                ? months.of(tenant, id, name(Limit.MONTH), tier.eventsPerMonth().getAsLong())
                : null;
        this.lease = new Lease(tenant.value() + '\u001f' + id, taps, leases.terms());
        this.policies = policies();
    }

    private @Nullable Tap tap(Limit limit, Optional<AccessTier.Rate> rate, Leases leases, long now) {
        return rate.map(given -> new Tap(
                        limit,
                        name(limit),
                        given,
                        tier.failMode(),
                        new Stock(given.perSecond(), given.burst(), leases.floatOf(given.burst()), () -> wake(leases)),
                        leases,
                        now))
                .orElse(null);
    }

    private void wake(Leases leases) {
        if (!awake.get() && awake.compareAndSet(false, true) && !leases.wake(this)) {
            awake.set(false);
        }
    }

    /** Its lease was let go: the next taking asks for one again. */
    void slept() {
        awake.set(false);
    }

    /** Whether it has a lease, or its first ask is to come. */
    boolean awake() {
        return awake.get();
    }

    String name(Limit limit) {
        return id.equals(WHOLE_TENANT) ? "tenant-" + limit.text() : limit.text();
    }

    boolean ofTenant() {
        return id.equals(WHOLE_TENANT);
    }

    private String policies() {
        StringBuilder told = new StringBuilder();
        for (Tap tap : taps) {
            if (tap != null) {
                tell(told, tap.limit, tap.name, tap.rate.perSecond());
            }
        }
        if (slots != null) {
            tell(told, Limit.CONCURRENT, slots.name, slots.limit);
        }
        if (month != null) {
            tell(told, Limit.MONTH, month.name, month.quota);
        }
        return told.toString();
    }

    private static void tell(StringBuilder told, Limit limit, String name, long quota) {
        if (!told.isEmpty()) {
            told.append(", ");
        }
        told.append(limit.policy(name, quota));
    }
}
