package io.weir.bare;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@code name=value} arguments of the process. Each is required: the benchmark passes the node's own settings. */
record Arguments(Map<String, String> values) {
    private static final Set<String> NAMES = Set.of(
            "kafka",
            "topic",
            "partitions",
            "lingerMillis",
            "batchBytes",
            "bufferBytes",
            "compression",
            "eventLoops",
            "postgres",
            "migrations",
            "connections",
            "recorded",
            "batchEvents");

    Arguments {
        values = Map.copyOf(values);
    }

    static Arguments parse(String[] arguments) {
        Map<String, String> values = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0 || !NAMES.contains(argument.substring(0, equals))) {
                throw new IllegalArgumentException("not name=value with a known name: " + argument);
            }
            values.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        return new Arguments(values);
    }

    String text(String name) {
        @Nullable String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("missing " + name + "=...; the names are " + NAMES);
        }
        return value;
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }
}
