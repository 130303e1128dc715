package io.weir.loadtest.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The {@code wrk} program as load generator, driven by a script that is written for each run. */
final class Wrk implements LoadGenerator {
    private static final String DONE = """
            function done(summary, latency, requests)
              local e = summary.errors
              io.write(string.format("\\nweir %d %d %d %d %d\\n", summary.requests, summary.duration,
                e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
            end
            """;
    private static final String FIXED = """
            local at = 0
            function request()
              at = at + 1
              if at > #requests then at = 1 end
              return requests[at]
            end
            """;
    /** Each thread begins at a place of its own. */
    private static final String POOLED = """
            local threads = 0
            function setup(thread)
              thread:set("sender", threads)
              threads = threads + 1
            end
            local at = 0
            function init(args)
              at = sender * math.floor(#requests / 2)
            end
            function request()
              at = at % #requests + 1
              return requests[at]
            end
            """;

    private static final String UNIQUE = """
            local threads = 0
            function setup(thread)
              thread:set("sender", threads)
              threads = threads + 1
            end
            local parts, counter = {}, 0
            function init(args)
              for i, fragment in ipairs(fragments) do
                parts[2 * i - 1] = fragment
              end
            end
            function request()
              counter = counter + 1
              local slot = string.format("%02d%010d", sender, counter)
              for i = 2, 2 * #fragments - 2, 2 do
                parts[i] = slot
              end
              return table.concat(parts)
            end
            """;

    private final Path program;
    private final Path directory;
    private final int connections;
    private final int threads;

    Wrk(Path program, Path directory, int connections, int threads) {
        this.program = program;
        this.directory = directory;
        this.connections = connections;
        this.threads = threads;
    }

    /** Where the program is, if it is on the path. */
    static Optional<Path> find(String searchPath) {
        return Arrays.stream(searchPath.split(File.pathSeparator))
                .filter(part -> !part.isBlank())
                .map(part -> Path.of(part, "wrk"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public String name() {
        return "wrk, " + threads + " threads, " + connections + " connections";
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public Measured run(int port, Requests requests, Duration time) {
        try {
            Path script = Files.createTempFile(
                    directory,
                    "wrk",
                    ".lua",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                Files.writeString(script, script(requests), StandardCharsets.ISO_8859_1);
                return measured(output(script, port, time));
            } finally {
                Files.delete(script);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("wrk could not be run", failed);
        }
    }

    static String script(Requests requests) {
        return switch (requests) {
            case Requests.Fixed fixed -> "local requests = " + table(fixed.requests()) + FIXED + DONE;
            case Requests.Pool pool -> "local requests = " + table(pool.requests()) + POOLED + DONE;
            case Requests.Unique unique -> "local fragments = " + table(unique.fragments()) + UNIQUE + DONE;
        };
    }

    static Measured measured(String output) {
        String figures = output.lines()
                .filter(line -> line.startsWith("weir "))
                .findFirst()
                .orElseThrow(() -> new BenchFailure("wrk ended without figures: " + output));
        String[] words = figures.split(" ");
        long bad = Long.parseLong(words[3]);
        return new Measured(
                Long.parseLong(words[1]) - bad,
                bad,
                Duration.of(Long.parseLong(words[2]), java.time.temporal.ChronoUnit.MICROS),
                Long.parseLong(words[4]) / 1_000.0,
                Long.parseLong(words[5]) / 1_000.0);
    }

    private String output(Path script, int port, Duration time) throws IOException {
        Process wrk = new ProcessBuilder(
                        program.toString(),
                        "-t" + threads,
                        "-c" + connections,
                        "-d" + Math.max(1, time.toSeconds()) + "s",
                        "--timeout",
                        "30s",
                        "-s",
                        script.toString(),
                        "http://127.0.0.1:" + port)
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            wrk.waitFor(10, TimeUnit.SECONDS);
            return output;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("stopped");
        } finally {
            wrk.destroy();
        }
    }

    private static String table(List<String> texts) {
        return texts.stream()
                .map(text -> "\""
                        + text.replace("\\", "\\\\")
                                .replace("\"", "\\\"")
                                .replace("\r", "\\r")
                                .replace("\n", "\\n")
                                .replace("\0", "\\000")
                        + "\"")
                .collect(Collectors.joining(",\n", "{\n", "}\n"));
    }
}
