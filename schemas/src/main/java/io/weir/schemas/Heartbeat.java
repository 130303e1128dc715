package io.weir.schemas;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The sign of life of one loop: it beats whenever it has done something or found nothing to do, and is busy as long as it
 * waits for Postgres or Kafka.
 */
public final class Heartbeat {
    private final String name;
    private final InstantSource clock;
    private volatile Instant last;
    private volatile boolean started;

    public Heartbeat(String name, InstantSource clock) {
        this.name = name;
        this.clock = clock;
        this.last = clock.instant();
    }

    /** The loop's name, for the answer that names what stands still. */
    public String name() {
        return name;
    }

    /** The loop is alive. */
    public void beat() {
        last = clock.instant();
    }

    /** The loop can do its work from now on. */
    public void start() {
        started = true;
        beat();
    }

    /** Whether the loop could do its work at least once. */
    public boolean started() {
        return started;
    }

    /** How long ago it was alive. */
    public Duration age() {
        return Duration.between(last, clock.instant());
    }
}
