package io.weir.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a running Weir says about itself in {@code demo.env}: addresses, keys and process ids. */
public record DemoEnv(Path file, Map<String, String> values) {
    /** No running Weir could be found, or its file lacks a name. The message names the remedy. */
    public static final class Missing extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Missing(String message) {
            super(message);
        }
    }

    public DemoEnv {
        values = Map.copyOf(values);
    }

    /** The data directory that {@code WEIR_DATA_DIR} names, or {@code .weir}. */
    public static Path dataDirectory(Map<String, String> environment) {
        String named = environment.getOrDefault("WEIR_DATA_DIR", "");
        return Path.of(named.isBlank() ? ".weir" : named).toAbsolutePath().normalize();
    }

    public static DemoEnv read(Path dataDirectory) {
        Path file = dataDirectory.resolve("demo.env");
        try {
            return new DemoEnv(file, parse(Files.readString(file)));
        } catch (IOException absent) {
            throw new Missing("No running Weir is known here: cannot read " + file
                    + ". Run `make start` in another terminal first (with the same WEIR_DATA_DIR).");
        }
    }

    static Map<String, String> parse(String text) {
        Map<String, String> values = new HashMap<>();
        text.lines().map(String::strip).filter(line -> !line.startsWith("#")).forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        return values;
    }

    public String get(String name) {
        @Nullable String value = values.get(name);
        if (value == null || value.isBlank()) {
            throw new Missing(file + " has no " + name + ". Run `make start` again: it writes the file afresh.");
        }
        return value;
    }

    public String url() {
        return get("WEIR_URL");
    }

    public String erpUrl() {
        return get("WEIR_ERP_URL");
    }

    /** The API key of a role: {@code BACKEND}, {@code SUPPORT}, {@code FINANCE}, {@code APPROVER}. */
    public String key(String role) {
        return get("WEIR_KEY_" + role);
    }
}
