package io.weir.policies;

import io.weir.schemas.AccessTier;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node of a {@link LeaseWorld}: a clock of its own, leases, and maybe the tank, or what its backup knows of it. */
final class LeaseNode {
    /** Those that take each other for members, and where their tank is. */
    static final class Side {
        final List<LeaseNode> members = new ArrayList<>();

        @Nullable
        LeaseNode keeper;

        @Nullable
        LeaseNode backup;
    }

    /** An ask that waits for its answer. */
    static final class Sent {
        final Tank.Ask ask;
        final long at;
        final Consumer<Tank.@Nullable Grant> answer;

        @Nullable
        LeaseNode to;

        boolean ended;

        Sent(Tank.Ask ask, long at, Consumer<Tank.@Nullable Grant> answer) {
            this.ask = ask;
            this.at = at;
            this.answer = answer;
        }

        void end(Tank.@Nullable Grant grant) {
            if (!ended) {
                ended = true;
                answer.accept(grant);
            }
        }
    }

    final int id;
    final Leases leases;
    long emptySince;
    boolean up = true;
    boolean failing;
    long pausedUntil;
    int island;
    Side side = new Side();
    long @Nullable [] tank;
    /** How many takings the state of the tank has seen. */
    long version;

    @Nullable
    Sent sent;

    long diedAt;
    /** Since when nobody could answer for the tank that this node has taken over; 0: it has answered. */
    long silentSince;

    private final LeaseWorld world;
    private final long origin;
    private final long keeperId;
    private final Holder holder;

    LeaseNode(LeaseWorld world, int id) {
        this.world = world;
        this.id = id;
        this.origin = world.random.nextLong() / 4;
        this.keeperId = world.random.nextLong();
        this.emptySince = clock();
        this.leases = new Leases(Throttles.SETTINGS, this::clock);
        AccessTier tier = new AccessTier(
                "t",
                Optional.of(new AccessTier.Rate(world.scenario.perSecond(), world.scenario.burst())),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                world.scenario.failMode());
        this.holder = new Holder(new TenantId("x"), "c", tier, null, leases, Throttles.NO_MONTHS, clock());
        leases.onWake(() -> world.on(this, world.now, () -> leases.first(this::ask)));
    }

    long clock() {
        return world.now + origin;
    }

    /** A request: world.admitted or not. */
    void request() {
        long clock = clock();
        Tap tap = holder.taps[0];
        boolean taken = tap.tokens(clock).take(1, clock);
        if (tap.failing() != failing) {
            failing = tap.failing();
            if (failing) {
                world.slack += world.scenario.failMode() == AccessTier.FailMode.CLOSED ? 0 : world.scenario.burst();
            }
        }
        if (taken) {
            world.admitted++;
            world.charge();
        }
    }

    void round() {
        leases.round(this::ask);
        long half = Throttles.SETTINGS.intervalMillis() * LeaseWorld.MILLI / 2;
        world.on(this, world.now + half + world.random.nextLong(2 * half), this::round);
    }

    private void ask(String key, Tank.Ask ask, Consumer<Tank.@Nullable Grant> answer) {
        Sent asked = new Sent(ask, world.now, answer);
        sent = asked;
        world.on(this, world.now + Throttles.SETTINGS.askTimeoutMillis() * LeaseWorld.MILLI, () -> asked.end(null));
        deliver(asked);
    }

    /** Also once more, where its keeper is gone; not when nobody waits for it any more. */
    void deliver(Sent asked) {
        LeaseNode keeper = side.keeper;
        asked.to = keeper;
        if (keeper == null) {
            return;
        }
        int copies = world.random.nextInt(100) < world.scenario.lossPercent()
                ? 0
                : world.random.nextInt(100) < world.scenario.lossPercent() ? 2 : 1;
        Tank.Ask ask = asked.ask.after(world.now - asked.at);
        for (int i = 0; i < copies; i++) {
            world.send(this, keeper, () -> {
                Tank.Grant grant = keeper.take(ask);
                world.send(keeper, this, () -> asked.end(grant));
            });
        }
    }

    private Tank.Grant take(Tank.Ask ask) {
        if (silentSince > 0) {
            // It was noticed so much later: by then whoever waited, waited longer.
            world.slack += world.scenario.perSecond()
                    * Math.max(0, world.now - silentSince - LeaseWorld.DETECTION)
                    / LeaseWorld.SECOND;
            silentSince = 0;
        }
        Tank.Taken taken = Tank.take(tank, ask, new Tank.Keeper(keeperId, clock(), emptySince));
        taken(taken);
        return taken.grant();
    }

    long[] backedUp(long[] state) {
        return world.scenario.flaw() == LeaseWorld.Flaw.TIMELESS_BACKUPS
                ? state
                : Tank.backedUp(state, new Tank.Keeper(keeperId, clock(), emptySince));
    }

    private void taken(Tank.Taken taken) {
        if (world.scenario.flaw() == LeaseWorld.Flaw.DOUBLED_GRANTS && tank != null && ++world.grants % 4 == 0) {
            return;
        }
        tank = taken.state();
        long reached = ++version;
        LeaseNode second = side.backup;
        if (second != null) {
            world.send(this, second, () -> {
                if (second.side.keeper == this && second.side.backup == second && second.version < reached) {
                    second.tank = second.backedUp(taken.state());
                    second.version = reached;
                }
            });
        }
    }

    void die() {
        up = false;
        failing = false;
        diedAt = world.now;
    }
}
