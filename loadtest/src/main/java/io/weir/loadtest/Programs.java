package io.weir.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Programs that are started beside this one, each with its output in a file. */
public final class Programs {
    private Programs() {}

    /** Starts one; what it says, also on its standard error, goes to the file. */
    public static Process start(List<String> command, Path directory, Map<String, String> environment, Path output) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        // An outer make's flags and job server are not this one's.
        List.of("MAKEFLAGS", "MFLAGS", "MAKELEVEL").forEach(builder.environment()::remove);
        try {
            return builder.start();
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot start " + command, failed);
        }
    }

    /** What it has said so far. */
    public static String said(Path output) {
        try {
            return Files.readString(output);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
