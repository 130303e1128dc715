package io.weir.loadtest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The node's own settings, read from {@code conf/weir.yaml} and, before it, the environment that the node is started in: the
 * baselines get the same producer, loops and batch sizes. It reads sections and their plain values only, which is all that it needs.
 */
record NodeConf(Map<String, String> values, Map<String, String> environment) {
    NodeConf {
        values = Map.copyOf(values);
        environment = Map.copyOf(environment);
    }

    static NodeConf read(Path file, Map<String, String> environment) {
        try {
            return parse(Files.readString(file), environment);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("cannot read " + file + "; start from the root of the checkout", unreadable);
        }
    }

    static NodeConf parse(String yaml, Map<String, String> environment) {
        Map<String, String> values = new HashMap<>();
        String section = "";
        for (String line : yaml.lines().toList()) {
            String text = line.replaceFirst("\\s+#.*$", "");
            int colon = text.indexOf(':');
            if (text.isBlank() || text.startsWith("#") || colon < 0) {
                continue;
            }
            String name = text.substring(0, colon).strip();
            if (!text.startsWith(" ")) {
                section = name;
            } else {
                values.put(
                        section + "." + name, text.substring(colon + 1).strip().replace("\"", ""));
            }
        }
        return new NodeConf(values, environment);
    }

    String get(String key) {
        // kafka.lingerMillis is WEIR_KAFKA_LINGER_MILLIS
        String name =
                "WEIR_" + key.replaceAll("([A-Z])", "_$1").replace('.', '_').toUpperCase(Locale.ROOT);
        @Nullable String value = environment.getOrDefault(name, values.get(key));
        if (value == null) {
            throw new BenchFailure("conf/weir.yaml has no " + key + ", which a baseline needs");
        }
        return value;
    }
}
