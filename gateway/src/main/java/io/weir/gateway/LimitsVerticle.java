package io.weir.gateway;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.weir.policies.Leases;
import io.weir.policies.Months;
import io.weir.policies.Standing;
import io.weir.settings.AdmissionSettings;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Asks ahead of need: the cluster for leases, Postgres for slices of the month; and follows who is in the cluster. */
final class LimitsVerticle extends VerticleBase {
    private final HazelcastInstance member;
    private final TankKeeper keeper;
    private final Leases leases;
    private final Months months;
    private final AdmissionSettings.Throttle settings;
    private final int expectedNodes;
    private @Nullable HazelcastTanks tanks;
    private @Nullable UUID members;
    private @Nullable UUID lifecycle;

    LimitsVerticle(
            HazelcastInstance member,
            TankKeeper keeper,
            Leases leases,
            Months months,
            AdmissionSettings.Throttle settings,
            int expectedNodes) {
        this.member = member;
        this.keeper = keeper;
        this.leases = leases;
        this.months = months;
        this.settings = settings;
        this.expectedNodes = expectedNodes;
    }

    @Override
    public Future<?> start() {
        HazelcastTanks made = new HazelcastTanks(vertx, context, member, keeper, settings.askTimeoutMillis());
        tanks = made;
        members = member.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                context.runOnContext(changed -> follow(made));
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                context.runOnContext(changed -> follow(made));
            }
        });
        lifecycle = member.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleState.MERGED) {
                context.runOnContext(changed -> follow(made));
            }
        });
        follow(made);
        leases.onWake(() -> context.runOnContext(woken -> leases.first(made)));
        months.onWake(() -> context.runOnContext(woken -> months.first()));
        vertx.setPeriodic(settings.quotaMillis(), tick -> months.round());
        next(made);
        return Future.succeededFuture();
    }

    /** Rounds are spread, so that no node is always the first to ask a tank that has just been refilled. */
    private void next(HazelcastTanks made) {
        long half = Math.max(1, settings.intervalMillis() / 2);
        vertx.setTimer(half + ThreadLocalRandom.current().nextLong(2 * half), tick -> {
            leases.round(made);
            next(made);
        });
    }

    private void follow(HazelcastTanks made) {
        Standing.Footing before = leases.get().footing();
        leases.members(member.getCluster().getMembers().size(), expectedNodes);
        Standing.Footing now = leases.get().footing();
        if (before != now && before == Standing.Footing.ALONE) {
            keeper.lost();
        }
        if (before != now && now == Standing.Footing.ALONE) {
            vertx.executeBlocking(() -> {
                made.clear();
                return true;
            });
        }
    }

    /** Gives back what is reserved of months; call it when no request is admitted any more. */
    Future<Void> giveBack() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(draining -> months.close().onComplete(done));
        return done.future();
    }

    @Override
    public Future<?> stop() {
        if (member.getLifecycleService().isRunning()) {
            if (members != null) {
                member.getCluster().removeMembershipListener(members);
            }
            if (lifecycle != null) {
                member.getLifecycleService().removeLifecycleListener(lifecycle);
            }
        }
        return Future.succeededFuture();
    }
}
