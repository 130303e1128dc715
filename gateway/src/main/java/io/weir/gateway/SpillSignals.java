package io.weir.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.weir.schemas.Heartbeat;
import java.util.concurrent.TimeUnit;

/** What is seen of a spill: metrics, and what health says of it. */
final class SpillSignals {
    private final MeterRegistry meters;
    private final Health health;
    private final Health.Dependency log;
    private final Health.Dependency disk;
    private final Heartbeat writer;
    private final Heartbeat drainer;
    private final Counter kept;
    private final Counter drained;
    private final Counter refused;
    private final Timer commit;

    SpillSignals(MeterRegistry meters, Health health) {
        this.meters = meters;
        this.health = health;
        this.log = health.part("spill");
        this.disk = health.vital("spill-disk");
        this.writer = health.loop("spill-write");
        this.drainer = health.loop("spill-drain");
        this.kept = meters.counter("weir.spill.events", "outcome", "kept");
        this.drained = meters.counter("weir.spill.events", "outcome", "drained");
        this.refused = meters.counter("weir.spill.events", "outcome", "refused");
        this.commit = meters.timer("weir.spill.commit");
    }

    void show(Spill spill) {
        Gauge.builder("weir.spill.held.bytes", spill, Spill::bytes).register(meters);
        Gauge.builder("weir.spill.age", spill, Spill::ageSeconds)
                .baseUnit("seconds")
                .register(meters);
    }

    /** Both threads run from now on. */
    void started() {
        writer.start();
        drainer.start();
    }

    void writerLives() {
        writer.beat();
    }

    void drainerLives() {
        drainer.beat();
    }

    /** Events of spill tiers are kept here from now on. */
    void away() {
        health.lost(log);
    }

    /** They go straight again. */
    void back() {
        health.answered(log);
    }

    void diskFailed() {
        health.lost(disk);
    }

    void diskAnswered() {
        health.answered(disk);
    }

    void kept(int events, long nanos) {
        kept.increment(events);
        commit.record(nanos, TimeUnit.NANOSECONDS);
    }

    void drained(int events) {
        drained.increment(events);
    }

    void refused(int events) {
        refused.increment(events);
    }
}
