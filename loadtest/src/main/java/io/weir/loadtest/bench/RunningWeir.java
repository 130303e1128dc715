package io.weir.loadtest.bench;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A real Weir of the benchmark's own: local services and one node, by the project's own start, on free ports. */
final class RunningWeir implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(6);
    private static final Set<String> OWN_ARCHIVES = Set.of(
            "-XX:SharedArchiveFile",
            "-XX:+AutoCreateSharedArchive",
            "-XX:AOT",
            "-XX:ArchiveClassesAtExit",
            "-Xshare",
            "-Xlog");

    private final Started start;
    private final Path dataDirectory;

    private RunningWeir(Started start, Path dataDirectory) {
        this.start = start;
        this.dataDirectory = dataDirectory;
    }

    /** Starts the services and the node of a data directory, with settings of the node's by their environment names. */
    static RunningWeir start(
            Path root, List<String> command, Path dataDirectory, Map<String, String> settings, Path output) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("WEIR_DATA_DIR", dataDirectory.toString());
        environment.put("WEIR_HTTP_PORT", FreePort.next());
        environment.put("WEIR_MANAGEMENT_PORT", FreePort.next());
        return new RunningWeir(Started.start(command, root, environment, output), dataDirectory);
    }

    void awaitReady() {
        start.await("weir ready", START);
    }

    DemoEnv env() {
        return DemoEnv.read(dataDirectory);
    }

    int port() {
        return URI.create(env().url()).getPort();
    }

    /** The flags that the node's virtual machine runs with, but for its class archives: the baselines get the same. */
    List<String> virtualMachineFlags() {
        try {
            Path commandLine = Path.of("/proc", env().get("WEIR_NODE_PID"), "cmdline");
            List<String> flags = new ArrayList<>();
            for (String argument : Files.readString(commandLine).split("\0")) {
                boolean archive = OWN_ARCHIVES.stream().anyMatch(argument::startsWith);
                boolean access = argument.startsWith("--enable-native-access=") || argument.startsWith("--sun-misc-");
                if (!archive && (argument.startsWith("-X") || access)) {
                    flags.add(argument);
                }
            }
            return flags;
        } catch (IOException gone) {
            throw new UncheckedIOException("the node's command line cannot be read", gone);
        }
    }

    @Override
    public void close() {
        start.close();
        endLeftOver();
    }

    /** Ends the node and the services by their ids, should the starter not have done so: services outlive a failed node. */
    private void endLeftOver() {
        endNamed(dataDirectory.resolve("demo.env"), "WEIR_NODE_PID=");
        endNamed(dataDirectory.resolve("services/services.env"), "WEIR_SERVICES_PID=");
    }

    private static void endNamed(Path file, String name) {
        if (!Files.exists(file)) {
            return;
        }
        try (Stream<String> lines = Files.lines(file)) {
            lines.filter(line -> line.matches(name + "\\d+"))
                    .map(line -> Long.parseLong(line.substring(name.length())))
                    .flatMap(pid -> ProcessHandle.of(pid).stream())
                    .filter(RunningWeir::ofWeir)
                    .forEach(RunningWeir::end);
        } catch (IOException | UncheckedIOException gone) {
            // the starter has just deleted it: it ends what it started
        }
    }

    /** Whether a process with a noted id is still the one that noted it. */
    private static boolean ofWeir(ProcessHandle process) {
        return process.info().commandLine().orElse("").contains("io.weir.");
    }

    private static void end(ProcessHandle process) {
        process.destroy();
        try {
            process.onExit().get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | java.util.concurrent.ExecutionException | TimeoutException stubborn) {
            process.destroyForcibly();
        }
    }
}
