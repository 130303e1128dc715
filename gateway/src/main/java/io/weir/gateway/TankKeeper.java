package io.weir.gateway;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.core.LifecycleListener;
import io.weir.policies.Tank;
import java.security.SecureRandom;
import java.util.Objects;
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

    /** Makes it known to what will run on the member: as soon as that has joined, it may have to keep tanks. */
    void settle(Config config) {
        config.getUserContext().put(NAME, this);
        config.addListenerConfig(new ListenerConfig(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {}

            @Override
            public void memberRemoved(MembershipEvent event) {
                lost();
            }
        }));
        config.addListenerConfig(new ListenerConfig((LifecycleListener) event -> {
            if (event.getState() == LifecycleState.MERGED) {
                lost();
            }
        }));
    }

    /** The keeper that has settled on a member. */
    static TankKeeper of(HazelcastInstance member) {
        return (TankKeeper) Objects.requireNonNull(member.getUserContext().get(NAME));
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
