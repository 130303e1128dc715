package io.weir.policies;

import io.weir.schemas.AccessTier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in one thread, by seed: nodes with clocks of their own, a network that delays, loses and doubles messages, one limit
 * that everybody spends. It keeps count, apart from the code that it watches, of what may have been admitted at most.
 */
final class LeaseWorld {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;
    /** After so long the members know that a link is gone, or a member, when it is late. */
    static final long DETECTION = 800 * MILLI;

    /**
     * What happens.
     *
     * @param nodes at the beginning
     * @param expected the setting
     * @param perSecond the limit
     * @param burst of the limit
     * @param demand requests a second, over all nodes
     * @param uneven whether one node has most of them
     * @param faults how often a second something breaks; 0: never
     * @param lossPercent of messages
     * @param flaw what is wrong with the code: the canaries
     */
    record Scenario(
            int nodes,
            int expected,
            long perSecond,
            long burst,
            long demand,
            boolean uneven,
            int faults,
            int lossPercent,
            AccessTier.FailMode failMode,
            Flaw flaw) {}

    /** What a check must find. */
    enum Flaw {
        NONE,
        /** Each fourth lease is granted twice. */
        DOUBLED_GRANTS,
        /** A backup keeps no time. */
        TIMELESS_BACKUPS
    }

    private record Event(long at, long order, Runnable what) {}

    final Random random;
    final Scenario scenario;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private final List<LeaseNode> nodes = new ArrayList<>();
    private final StringBuilder story = new StringBuilder();
    private long order;
    long now = SECOND;
    long grants;
    long admitted;
    /** What was admitted beyond the rate, in billionths: a leaky bucket, so that every window is looked at. */
    private long beyond;

    private long drainedAt = now;
    private long cutAt;
    /** What may be beyond the rate. */
    long slack;

    private @Nullable String broken;

    LeaseWorld(long seed, Scenario scenario) {
        this.random = new Random(seed);
        this.scenario = scenario;
        Lease.Terms terms = new Lease.Terms(100 * MILLI, 300 * MILLI, 2_000 * MILLI);
        long lease = terms.most(scenario.perSecond);
        long afloat = Math.max(1, scenario.burst / 10);
        this.slack = terms.cap(scenario.perSecond, scenario.burst) + scenario.nodes * (lease + afloat);
        for (int i = 0; i < scenario.nodes; i++) {
            nodes.add(new LeaseNode(this, i));
        }
        regroup();
        for (LeaseNode node : nodes) {
            node.round();
            requests(node);
        }
        if (scenario.faults > 0) {
            at(now + SECOND, this::fault);
        }
    }

    /** Goes on for so long; what was admitted. */
    long run(long nanos) {
        long end = now + nanos;
        long before = admitted;
        while (broken == null && !events.isEmpty() && events.peek().at <= end) {
            Event next = events.poll();
            now = next.at;
            next.what.run();
        }
        now = end;
        return admitted - before;
    }

    /** What is wrong; null while nothing is. */
    @Nullable
    String broken() {
        return broken;
    }

    /** Of one admitted request: the bucket of what may be. Nodes that fail have their share beside the rate. */
    void charge() {
        long extra = 0;
        for (LeaseNode node : nodes) {
            if (node.failing && scenario.failMode != AccessTier.FailMode.CLOSED) {
                extra += scenario.failMode == AccessTier.FailMode.OPEN
                        ? scenario.perSecond
                        : Math.ceilDiv(scenario.perSecond, scenario.nodes);
            }
        }
        beyond = Math.max(0, beyond - (scenario.perSecond + extra) * (now - drainedAt)) + SECOND;
        drainedAt = now;
        if (beyond > slack * SECOND) {
            broken = "beyond the bound of " + slack + " by " + (beyond / SECOND - slack) + " at " + now / MILLI
                    + " ms\n" + story;
        }
    }

    /** By the nodes that are up: callers of one that has died go to the others. */
    private void requests(LeaseNode node) {
        List<LeaseNode> up = nodes.stream().filter(each -> each.up).toList();
        long share = scenario.uneven && up.size() > 1
                ? node == up.getFirst() ? 8 * scenario.demand / 10 : 2 * scenario.demand / 10 / (up.size() - 1)
                : scenario.demand / Math.max(1, up.size());
        long gap = SECOND / Math.max(1, share);
        on(node, now + gap / 2 + random.nextLong(gap), () -> {
            node.request();
            requests(node);
        });
    }

    private void at(long when, Runnable what) {
        events.add(new Event(when, order++, what));
    }

    /** Does something on a node: later where it is paused, never where it is dead. */
    void on(LeaseNode node, long when, Runnable what) {
        at(when, () -> {
            if (!node.up) {
                return;
            }
            if (node.pausedUntil > now) {
                on(node, node.pausedUntil, what);
            } else {
                what.run();
            }
        });
    }

    void send(LeaseNode from, LeaseNode to, Runnable what) {
        if (from.island != to.island || random.nextInt(100) < scenario.lossPercent) {
            return;
        }
        long delay = MILLI / 5 + random.nextLong(5 * MILLI);
        if (random.nextInt(100) < scenario.lossPercent) {
            delay += random.nextLong(SECOND);
        }
        on(to, now + delay, what);
    }

    private void fault() {
        LeaseNode node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(5)) {
            case 0 -> {
                kill(node.id, DETECTION);
                at(now + DETECTION + SECOND, () -> join(node.id));
            }
            case 1 -> {
                long time = 200 * MILLI + random.nextLong(3 * SECOND);
                tell("pause " + node.id + " for " + time / MILLI);
                node.pausedUntil = now + time;
            }
            case 2 -> {
                node.island = 1 - node.island;
                cutAt = now;
                tell("cut off " + node.id);
                at(now + DETECTION, this::regroup);
            }
            case 3 -> {
                nodes.forEach(each -> each.island = 0);
                tell("heal");
                at(now + DETECTION, this::regroup);
            }
            default -> {
                leave(node.id);
                at(now + SECOND, () -> join(node.id));
            }
        }
        allowForAFault();
        at(now + SECOND / scenario.faults / 2 + random.nextLong(SECOND / scenario.faults), this::fault);
    }

    /** What a fault may add to what is admitted. */
    void allowForAFault() {
        // In between a keeper's last grants may be unknown to the other side; and each side counts until it knows.
        slack += Throttles.SETTINGS.aheadMillis() * scenario.perSecond / 1_000
                + scenario.burst
                + scenario.perSecond * (DETECTION + 100 * MILLI) / SECOND;
    }

    /** It is gone at once; the others notice it later, at most DETECTION. */
    void kill(int id, long noticedAfter) {
        tell("kill " + id);
        nodes.get(id).die();
        at(now + noticedAfter, this::regroup);
    }

    /** It goes, and says so. */
    void leave(int id) {
        tell("leave " + id);
        nodes.get(id).die();
        regroup();
    }

    private void tell(String what) {
        story.append(now / MILLI).append(' ').append(what).append('\n');
    }

    /** One more than there were comes. */
    void joinOneMore() {
        join(nodes.size());
    }

    private void join(int id) {
        if (id < nodes.size() && nodes.get(id).up) {
            return;
        }
        LeaseNode node = new LeaseNode(this, id);
        if (id < nodes.size()) {
            nodes.set(id, node);
        } else {
            nodes.add(node);
        }
        tell("join " + id);
        regroup();
        node.round();
        requests(node);
    }

    /** Everybody learns who is with whom: the keeper stays where it is, or its backup takes over, or the tank is lost. */
    private void regroup() {
        Map<Integer, LeaseNode.Side> sides = new HashMap<>();
        for (LeaseNode node : nodes) {
            if (node.up) {
                sides.computeIfAbsent(node.island, island -> new LeaseNode.Side())
                        .members
                        .add(node);
            }
        }
        for (LeaseNode.Side side : sides.values()) {
            LeaseNode keeper = null;
            LeaseNode backup = null;
            int largest = 0;
            for (LeaseNode node : side.members) {
                if (node.side.keeper == node && node.side.members.size() > largest) {
                    largest = node.side.members.size();
                    keeper = node;
                }
                if (node.side.backup == node) {
                    backup = node;
                }
            }
            keeper = keeper != null ? keeper : backup != null ? backup : side.members.getFirst();
            settle(side, keeper);
        }
    }

    private void settle(LeaseNode.Side side, LeaseNode keeper) {
        boolean inherits = keeper.side.keeper == keeper || keeper.side.backup == keeper;
        LeaseNode before = keeper.side.keeper;
        if (!inherits) {
            keeper.tank = null;
        } else if (before != null && before != keeper) {
            keeper.silentSince = before.up ? cutAt : before.diedAt;
        }
        side.keeper = keeper;
        side.backup =
                side.members.stream().filter(node -> node != keeper).findFirst().orElse(null);
        if (side.backup != null) {
            side.backup.tank = keeper.tank == null ? null : side.backup.backedUp(keeper.tank);
            side.backup.version = keeper.version;
        }
        for (LeaseNode node : side.members) {
            if (!side.members.containsAll(node.side.members)) {
                node.emptySince = node.clock();
            }
            Standing.Footing stood = node.leases.get().footing();
            node.leases.members(side.members.size(), scenario.expected);
            Standing.Footing after = node.leases.get().footing();
            if (stood == Standing.Footing.ALONE && after != stood) {
                node.emptySince = node.clock();
            }
            if (after == Standing.Footing.ALONE) {
                node.tank = null;
            }
            node.side = side;
            LeaseNode.Sent waits = node.sent;
            if (waits != null && !waits.ended && waits.to != keeper) {
                node.deliver(waits);
            }
        }
    }
}
