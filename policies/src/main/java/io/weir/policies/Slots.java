package io.weir.policies;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one holder that are under way on this node. In a cluster each node has an even share, rounded up: so at most
 * the limit and one less than the members are under way at once.
 */
final class Slots {
    final String name;
    final int limit;
    private final Leases leases;
    private final AtomicInteger taken;

    /** Slots, counting on from those of before. */
    Slots(String name, int limit, @Nullable Slots before, Leases leases) {
        this.name = name;
        this.limit = limit;
        this.leases = leases;
        this.taken = before == null ? new AtomicInteger() : before.taken;
    }

    boolean take() {
        if (taken.incrementAndGet() <= here()) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    void giveBack() {
        taken.decrementAndGet();
    }

    int remaining() {
        return Math.max(0, here() - taken.get());
    }

    int here() {
        return Math.ceilDiv(limit, leases.get().nodes());
    }
}
