package io.weir.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A node in a process of its own, with the flags of the JVM that {@code bin/weir} gives it, and its classes from this build. */
record NodeProcess(Process process) implements RunningNode.Life {
    private static final Path SCRIPT = Path.of("bin/weir");
    private static final int STOP_SECONDS = 15;

    /** Starts it, and waits until it serves. */
    static NodeProcess start(Map<String, String> environment) {
        Path directory = Path.of(environment.get("WEIR_DATA_DIR"));
        Path errors = directory.resolve("node.err");
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(flags());
            command.add("-Dweir.log=" + directory.resolve("node.log"));
            command.add("-Dlogback.configurationFile=../conf/logback.xml");
            command.addAll(
                    List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "../conf/weir.yaml"));
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            builder.environment().putAll(environment);
            NodeProcess made = new NodeProcess(builder.start());
            Runtime.getRuntime().addShutdownHook(new Thread(made.process::destroyForcibly));
            made.awaitReady(errors);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the script gives the JVM whatever it is asked for: all that holds no variable. */
    static List<String> flags() throws IOException {
        String script = Files.readString(SCRIPT);
        String called = script.substring(script.indexOf("exec \"$java\""), script.indexOf("-Dweir.log"));
        return called.replace("\\\n", " ")
                .replace("exec \"$java\"", "")
                .replace("${WEIR_JVM_ARGS:-}", "")
                .strip()
                .lines()
                .flatMap(line -> List.of(line.strip().split("\\s+")).stream())
                .toList();
    }

    private void awaitReady(Path errors) throws IOException {
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("weir ready")) {
                return;
            }
        }
        throw new AssertionError("the node ended before it was ready: " + Files.readString(errors));
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void stop() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("the node did not stop in order");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
