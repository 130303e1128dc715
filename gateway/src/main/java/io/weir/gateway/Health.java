package io.weir.gateway;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.ledger.LatePartition;
import io.weir.policies.IssuerSignals;
import io.weir.schemas.Heartbeat;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What this node can say of itself. A lost dependency degrades it, since it still buffers and answers from its cache; only a
 * loop that stands still although Kafka and Postgres both answer makes it not ready, because another node would do better.
 */
final class Health {
    /** Where the node is in its life. */
    enum Phase {
        STARTING,
        SERVING,
        DRAINING
    }

    /** A part that does not answer, or does not do its work; why, where that is not said by its name. */
    record Degraded(String part, Instant since, Optional<String> why) {
        Degraded(String part, Instant since) {
            this(part, since, Optional.empty());
        }
    }

    /** A loop that stands still. */
    record Stalled(String loop, long seconds) {}

    /** The answer of /health/ready. */
    record Readiness(boolean ready, String phase, List<Degraded> degraded, List<Stalled> stalled) {}

    /** A part that this node depends on, or one whose failure it only shows. */
    static final class Dependency {
        private final String name;
        private final Weight weight;
        private volatile @Nullable Instant lostAt;
        private volatile Instant answeredSince = Instant.MAX;

        private Dependency(String name, Weight weight) {
            this.name = name;
            this.weight = weight;
        }
    }

    /** What it means that a part does not do its work. */
    private enum Weight {
        /** Loops wait for it. */
        NEEDED,
        /** It shows, no more. */
        SHOWN,
        /** Another node would do better. */
        VITAL
    }

    private final InstantSource clock;
    private final WeirSettings.Management settings;
    private final List<Heartbeat> loops = new ArrayList<>();
    private final Map<String, Dependency> dependencies = new ConcurrentSkipListMap<>();
    private final MeterRegistry meters;
    private volatile Phase phase = Phase.STARTING;
    private volatile List<LatePartition> late = List.of();

    Health(WeirSettings.Management settings, InstantSource clock, MeterRegistry meters) {
        this.settings = settings;
        this.clock = clock;
        this.meters = meters;
        for (LatePartition.Why why : LatePartition.Why.values()) {
            Gauge.builder(
                            "weir.ledger.late.partitions",
                            this,
                            health -> health.late.stream()
                                    .filter(partition -> partition.why() == why)
                                    .count())
                    .tag("why", why.name().toLowerCase(Locale.ROOT))
                    .register(meters);
        }
    }

    /** A loop that is watched from now on. */
    Heartbeat loop(String name) {
        Heartbeat heartbeat = new Heartbeat(name, clock);
        loops.add(heartbeat);
        Gauge.builder("weir.loop.age", heartbeat, beat -> beat.age().toMillis() / 1000d)
                .baseUnit("seconds")
                .tag("loop", name)
                .register(meters);
        return heartbeat;
    }

    /** A dependency that is watched from now on: while it does not answer, no loop counts as stalled. */
    Dependency dependency(String name) {
        return watched(new Dependency(name, Weight.NEEDED));
    }

    /** A part without which every loop goes on, and that shows as degraded while it does not do its work. */
    Dependency part(String name) {
        return watched(new Dependency(name, Weight.SHOWN));
    }

    /** A part of this very node, without which it is not ready. */
    Dependency vital(String name) {
        return watched(new Dependency(name, Weight.VITAL));
    }

    private Dependency watched(Dependency dependency) {
        String name = dependency.name;
        dependencies.put(name, dependency);
        Gauge.builder("weir.degraded", dependency, part -> part.lostAt == null ? 0 : 1)
                .tag("part", name)
                .register(meters);
        return dependency;
    }

    void answered(Dependency dependency) {
        if (dependency.lostAt != null || dependency.answeredSince.equals(Instant.MAX)) {
            dependency.answeredSince = clock.instant();
            dependency.lostAt = null;
        }
    }

    void lost(Dependency dependency) {
        if (dependency.lostAt == null) {
            dependency.lostAt = clock.instant();
        }
    }

    /** What shows whether a token issuer answers; without one, tokens of known keys go on. */
    IssuerSignals issuer(String name) {
        Dependency part = part("issuer-" + name);
        return new IssuerSignals() {
            @Override
            public void answered() {
                Health.this.answered(part);
            }

            @Override
            public void lost() {
                Health.this.lost(part);
            }

            @Override
            public boolean failing() {
                return part.lostAt != null;
            }
        };
    }

    /** A part that shows as degraded while it says that it fails. */
    Consumer<Boolean> failing(String name) {
        Dependency part = part(name);
        return failing -> {
            if (failing) {
                lost(part);
            } else {
                answered(part);
            }
        };
    }

    /** Partitions of the log that are not recorded as they should be; on every node, whoever has them. */
    void late(List<LatePartition> partitions) {
        late = List.copyOf(partitions);
    }

    void phase(Phase now) {
        phase = now;
    }

    Phase phase() {
        return phase;
    }

    /** Whether every loop could do its work at least once. */
    boolean loopsStarted() {
        return loops.stream().allMatch(Heartbeat::started);
    }

    Readiness readiness() {
        List<Degraded> degraded = Stream.concat(
                        dependencies.values().stream()
                                .flatMap(part ->
                                        Optional.ofNullable(part.lostAt)
                                                .map(at -> new Degraded(part.name, at))
                                                .stream()),
                        late.stream()
                                .map(partition -> new Degraded(
                                        "partition-" + partition.partition(),
                                        partition.since(),
                                        Optional.of(partition.text()))))
                .toList();
        List<Stalled> stalled = stalled(settings.stallMillis());
        boolean whole =
                dependencies.values().stream().noneMatch(part -> part.weight == Weight.VITAL && part.lostAt != null);
        boolean ready = phase == Phase.SERVING && stalled.isEmpty() && whole;
        return new Readiness(ready, phase.name().toLowerCase(Locale.ROOT), degraded, stalled);
    }

    /** Whether no loop has stood still for longer than a restart would take. */
    boolean live() {
        return stalled(settings.liveStallMillis()).isEmpty();
    }

    private List<Stalled> stalled(int millis) {
        Duration most = Duration.ofMillis(millis);
        Instant now = clock.instant();
        boolean answering = dependencies.values().stream()
                .allMatch(part -> part.weight != Weight.NEEDED
                        || (part.lostAt == null
                                && !part.answeredSince.equals(Instant.MAX)
                                && Duration.between(part.answeredSince, now).compareTo(most) > 0));
        if (!answering || phase == Phase.DRAINING) {
            return List.of();
        }
        return loops.stream()
                .filter(loop -> loop.age().compareTo(most) > 0)
                .map(loop -> new Stalled(loop.name(), loop.age().toSeconds()))
                .toList();
    }
}
