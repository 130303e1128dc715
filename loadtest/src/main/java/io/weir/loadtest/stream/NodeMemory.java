package io.weir.loadtest.stream;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The memory of a node as its metrics and the system show it, and the most of it that was seen. */
final class NodeMemory {
    private final HttpClient client = HttpClient.newHttpClient();
    private final URI metrics;
    private final Path status;
    private long heapLimit;
    private long heapUsed;
    private long residentKib;

    NodeMemory(String management, String pid) {
        this.metrics = URI.create(management + "/metrics");
        this.status = Path.of("/proc", pid, "status");
    }

    void look() throws IOException {
        try {
            String shown = client.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            heapLimit = sum(shown, "jvm_memory_max_bytes{area=\"heap\"");
            heapUsed = Math.max(heapUsed, sum(shown, "jvm_memory_used_bytes{area=\"heap\""));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<String> lines = Files.lines(status)) {
            residentKib = Math.max(
                    residentKib,
                    lines.filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                            .findFirst()
                            .orElse(0));
        }
    }

    String most() {
        return "heap at most " + (heapUsed >> 20) + " MiB of " + (heapLimit >> 20) + " MiB, resident at most "
                + (residentKib >> 10) + " MiB";
    }

    private static long sum(String shown, String name) {
        return shown.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToLong(value -> (long) Double.parseDouble(value))
                .filter(value -> value > 0)
                .sum();
    }
}
