package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.util.ArrayDeque;
import java.util.Deque;

/** What was started and must be ended, the newest first. */
final class Kept {
    private final Console console;
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private boolean stopped;

    Kept(Console console) {
        this.console = console;
    }

    synchronized <T extends AutoCloseable> T keep(T resource) {
        started.push(resource);
        if (stopped) {
            endAll();
            throw new BenchFailure("stopped");
        }
        return resource;
    }

    synchronized void endAll() {
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception failed) {
                console.line("ending what was started: " + failed);
            }
        }
    }

    /** Ends everything, and whatever is started from now on. */
    synchronized void stop() {
        stopped = true;
        endAll();
    }
}
