package io.weir.entitlement;

import io.weir.schemas.CustomerId;
import io.weir.schemas.TenantId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A customer's place in the cache: holds the newest account, and what was told about the customer since.
 *
 * <p>Generations order invalidations and loads: an invalidation takes the next number, a load notes the newest one before
 * it is sent. So a load with a smaller number than an invalidation may have missed what that one stands for; its result
 * may serve those who asked before, and as an answer for want of a better one, but does not count as fresh.
 */
final class Slot {
    /** Whose it is. */
    record Key(TenantId tenant, CustomerId customer) {
        @Override
        public int hashCode() {
            return 31 * tenant.value().hashCode() + customer.value().hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && customer.value().equals(key.customer.value())
                    && tenant.value().equals(key.tenant.value());
        }
    }

    private static final int REFRESHED_UNASKED = 20;

    private final Key key;
    private volatile @Nullable Account account;
    private long invalidatedAt;
    private long changedAt;
    private int unasked;

    /** The load that would serve who asks now; touched by the loader's thread alone. */
    Loads.@Nullable Flight flight;

    Slot(Key key) {
        this.key = key;
    }

    Key key() {
        return key;
    }

    @Nullable
    Account account() {
        return account;
    }

    /** From now on nothing that was read before counts. */
    synchronized void invalidate(long generation, Instant knownUpTo) {
        invalidatedAt = generation;
        changedAt = generation;
        Account current = account;
        if (current != null) {
            current.changedAfter(knownUpTo);
            current.discard();
        }
    }

    /**
     * The customer changed after that instant. Answers go on from the present account, with its {@code asOf} standing
     * still, until it is read again.
     *
     * @return whether to read it again now; not where nobody asked for long: then the next who asks waits for it
     */
    synchronized boolean changed(long generation, Instant after) {
        Account current = account;
        if (current == null) {
            invalidatedAt = generation;
            changedAt = generation;
            return false;
        }
        changedAt = generation;
        current.changedAfter(after);
        unasked = current.asked() ? 0 : unasked + 1;
        if (unasked > REFRESHED_UNASKED) {
            invalidate(generation, after);
            return false;
        }
        return true;
    }

    /** Takes an account that was read, unless a newer one is there. */
    synchronized void install(Account read) {
        Account current = account;
        if (current != null && current.generation() > read.generation()) {
            return;
        }
        if (read.generation() < changedAt) {
            read.changedAfter(read.loadedAt());
        }
        if (read.generation() < invalidatedAt) {
            read.discard();
        }
        account = read;
    }

    /** Whether a load that began at this generation shows all that a new question must see. */
    synchronized boolean serves(long generation) {
        return generation >= invalidatedAt;
    }

    /** Whether a load that began at this generation shows all that was told. */
    synchronized boolean covers(long generation) {
        return generation >= changedAt;
    }
}
