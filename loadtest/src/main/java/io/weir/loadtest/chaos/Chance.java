package io.weir.loadtest.chaos;

import io.weir.loadtest.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;

/** Does what plans say to a world: each fault on a thread of its own, two of one part one after the other. */
final class Chance {
    private static final Duration FLAP = Duration.ofMillis(500);
    private static final Duration CUT = Duration.ofMillis(150);

    private final World world;
    private final Postgres postgres;
    private final Notes notes;
    private final Map<String, ReentrantLock> parts = new ConcurrentHashMap<>();
    private final Map<Fault, Integer> done = new EnumMap<>(Fault.class);
    private final List<String> told = new ArrayList<>();

    Chance(World world, Postgres postgres, Notes notes) {
        this.world = world;
        this.postgres = postgres;
        this.notes = notes;
    }

    /**
     * Does round after round for that time, at least one. At the end of each everything runs again: a node that was killed cannot
     * start without Kafka, and there would soon be nothing left to break.
     */
    void run(long seed, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (int round = 0; round == 0 || System.nanoTime() < end; round++) {
            Plan plan = Plan.of(seed, round, world.nodes().size());
            run(plan);
            Patience.pause(Duration.ofMillis(
                    Math.min(plan.calmMillis(), Math.max(0, (end - System.nanoTime()) / 1_000_000))));
        }
    }

    private void run(Plan plan) {
        long begin = System.nanoTime();
        List<Future<?>> under = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Plan.Step step : plan.steps()) {
                long wait = step.atMillis() - (System.nanoTime() - begin) / 1_000_000;
                Patience.pause(Duration.ofMillis(Math.max(0, wait)));
                under.add(threads.submit(() -> alone(step)));
            }
        }
        for (Future<?> fault : under) {
            try {
                fault.get();
            } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
                throw new ChaosFailure("a fault could not be undone", e);
            }
        }
    }

    /** How often each fault was done. */
    synchronized Map<Fault, Integer> done() {
        return Map.copyOf(done);
    }

    synchronized List<String> told() {
        return List.copyOf(told);
    }

    private void alone(Plan.Step step) {
        Fault fault = step.fault();
        String part = fault.part() == Fault.Part.NODE
                ? "node " + step.node()
                : fault.part().name();
        ReentrantLock one = parts.computeIfAbsent(part, name -> new ReentrantLock());
        one.lock();
        try {
            long from = notes.now();
            act(step);
            synchronized (this) {
                done.merge(fault, 1, Integer::sum);
                told.add("%,d-%,d ms %s%s"
                        .formatted(
                                from,
                                notes.now(),
                                fault,
                                fault.part() == Fault.Part.NODE ? " of node " + step.node() : ""));
            }
        } finally {
            one.unlock();
        }
    }

    private void act(Plan.Step step) {
        Duration holds = Duration.ofMillis(step.forMillis());
        World.Node node = world.nodes().get(step.node());
        switch (step.fault()) {
            case NODE_KILLED -> {
                node.kill();
                Patience.pause(holds);
                node.start();
            }
            case NODE_STOPPED -> {
                node.signal("STOP");
                Patience.pause(holds);
                node.signal("CONT");
            }
            case SERVICES_KILLED -> {
                world.killServices();
                Patience.pause(holds);
                world.startServices();
            }
            case POSTGRES_CUT -> repeat(holds, CUT, postgres::terminateAll);
            case KAFKA_REFUSED -> kafka(KafkaProxy.Mode.REFUSED, holds);
            case KAFKA_SILENT -> kafka(KafkaProxy.Mode.SILENT, holds);
            case KAFKA_SLOW -> kafka(KafkaProxy.Mode.SLOW, holds);
            case DISK_GONE -> {
                world.hideJournal(step.node());
                Patience.pause(holds);
                world.showJournal(step.node());
            }
            case KAFKA_FLAPPING -> repeat(holds, FLAP, () -> kafka(KafkaProxy.Mode.REFUSED, FLAP));
        }
    }

    private void kafka(KafkaProxy.Mode mode, Duration holds) {
        world.proxy().mode(mode);
        Patience.pause(holds);
        world.proxy().mode(KafkaProxy.Mode.PASS);
    }

    private static void repeat(Duration holds, Duration pause, Runnable act) {
        long until = System.nanoTime() + holds.toNanos();
        while (System.nanoTime() < until) {
            act.run();
            Patience.pause(pause);
        }
    }
}
