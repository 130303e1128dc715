package io.weir.loadtest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine that was measured, without its name. */
record Machine(String cpu, int cores, String memory) {
    static Machine present() {
        return new Machine(
                valueOf(Path.of("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                gibibytes(valueOf(Path.of("/proc/meminfo"), "MemTotal")));
    }

    private static String gibibytes(String kibibytes) {
        String digits = kibibytes.replaceAll("\\D", "");
        return digits.isEmpty() ? "unknown" : Math.round(Long.parseLong(digits) / 1048576.0) + " GiB";
    }

    private static String valueOf(Path file, String name) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
