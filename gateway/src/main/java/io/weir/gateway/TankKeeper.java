package io.weir.gateway;

import com.hazelcast.core.HazelcastInstance;
import io.weir.policies.Tank;
import java.security.SecureRandom;
import java.util.function.LongSupplier;

/** What a member must know to keep tanks: who it is in this life, its clock, and when a tank could last have been lost. */
final class TankKeeper {
    private static final String NAME = "weir.tank.keeper";

    private final long id = new SecureRandom().nextLong();
    private final LongSupplier nanos;
    private volatile long emptySince;

    TankKeeper(LongSupplier nanos) {
        this.nanos = nanos;
        this.emptySince = nanos.getAsLong();
    }

    /** Makes it known to what runs on this member. */
    void settle(HazelcastInstance member) {
        member.getUserContext().put(NAME, this);
    }

    /** The keeper of a member; null before it has settled. */
    static @org.jspecify.annotations.Nullable TankKeeper of(HazelcastInstance member) {
        return (TankKeeper) member.getUserContext().get(NAME);
    }

    /** A tank may have been lost just now. */
    void lost() {
        emptySince = nanos.getAsLong();
    }

    /** The clock of this member. */
    long nanos() {
        return nanos.getAsLong();
    }

    Tank.Keeper now() {
        return new Tank.Keeper(id, nanos.getAsLong(), emptySince);
    }
}
