package io.weir.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The services as a person starts them: a process of its own. */
final class ServicesProcess implements AutoCloseable {
    private final Path dataDirectory;
    private final Path errors;
    private final Process process;
    private final BufferedReader output;

    ServicesProcess(Path dataDirectory) throws IOException {
        this.dataDirectory = dataDirectory;
        errors = Files.createTempFile("services", ".err");
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx384m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        // Without the tests' own logging settings, as in the distribution.
                        System.getProperty("java.class.path").replace("/test-classes", "/no-test-classes"),
                        "io.weir.local.Main",
                        dataDirectory.toString())
                .redirectError(errors.toFile())
                .start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Waits for the first line of output: the ready line, or what it failed of. */
    String firstLine() throws IOException {
        String line = output.readLine();
        return line == null ? "(ended) " + Files.readString(errors) : line;
    }

    Map<String, String> environment() throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (String line : Files.readAllLines(dataDirectory.resolve("services/services.env"))) {
            String[] pair = line.split("=", 2);
            environment.put(pair[0], pair[1]);
        }
        return environment;
    }

    ProcessHandle postgres() throws IOException {
        List<String> pidFile = Files.readAllLines(dataDirectory.resolve("services/postgres/postmaster.pid"));
        return ProcessHandle.of(Long.parseLong(pidFile.getFirst().strip())).orElseThrow();
    }

    String errors() throws IOException {
        return Files.readString(errors);
    }

    long pid() {
        return process.pid();
    }

    void signalTerm() {
        process.destroy();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The services still run");
        }
        return process.exitValue();
    }

    /** Ends the process in order, so that no test leaves a Postgres behind. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(errors);
    }
}
