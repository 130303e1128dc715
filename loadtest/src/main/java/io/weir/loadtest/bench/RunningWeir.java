package io.weir.loadtest.bench;

import io.weir.loadtest.DemoEnv;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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

    static RunningWeir start(Path root, List<String> command, Path dataDirectory) {
        Map<String, String> environment = Map.of(
                "WEIR_DATA_DIR", dataDirectory.toString(),
                "WEIR_HTTP_PORT", freePort(),
                "WEIR_MANAGEMENT_PORT", freePort());
        Path output = dataDirectory.resolveSibling("weir.log");
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

    /** Ends the node and the services by their ids, should the starter not have done so. */
    private void endLeftOver() {
        if (!Files.exists(dataDirectory.resolve("demo.env"))) {
            return;
        }
        for (String name : List.of("WEIR_NODE_PID", "WEIR_SERVICES_PID")) {
            String pid = env().values().getOrDefault(name, "");
            if (pid.matches("\\d+")) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(RunningWeir::end);
            }
        }
    }

    private static void end(ProcessHandle process) {
        process.destroy();
        try {
            process.onExit().get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | java.util.concurrent.ExecutionException | TimeoutException stubborn) {
            process.destroyForcibly();
        }
    }

    private static String freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(free.getLocalPort());
        } catch (IOException none) {
            throw new UncheckedIOException("no free port", none);
        }
    }
}
