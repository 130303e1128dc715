package io.weir.loadtest.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Gives processes cores of their own, by util-linux' {@code taskset}. */
final class Pinned {
    private Pinned() {}

    /** All threads of a process and of those that it started; what they start later inherits it. False where it cannot be done. */
    static boolean to(String cores, String process) {
        return Stream.concat(
                        Stream.of(process),
                        ProcessHandle.of(Long.parseLong(process)).stream()
                                .flatMap(ProcessHandle::descendants)
                                .map(one -> Long.toString(one.pid())))
                .map(one -> one(cores, one))
                .reduce(true, Boolean::logicalAnd);
    }

    private static boolean one(String cores, String process) {
        try {
            Process taskset = new ProcessBuilder(List.of("taskset", "-a", "-p", "-c", cores, process))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start();
            // A process of Postgres' that has just ended is no failure.
            return taskset.waitFor(5, TimeUnit.SECONDS)
                    && (taskset.exitValue() == 0
                            || ProcessHandle.of(Long.parseLong(process)).isEmpty());
        } catch (IOException notThere) {
            return false;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
