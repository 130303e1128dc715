package io.weir.loadtest.bench;

import java.time.Duration;

/** Sends requests over kept connections, each connection waiting for its answer before it sends again. */
sealed interface LoadGenerator permits BuiltInGenerator, Wrk {
    String name();

    /** How many requests may be under way at once. */
    int connections();

    Measured run(int port, Requests requests, Duration time);
}
