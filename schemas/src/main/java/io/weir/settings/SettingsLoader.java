package io.weir.settings;

import io.weir.schemas.Instants;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Binds settings files and environment to records: the record is the schema of its settings.
 *
 * <p>Later files lay over earlier ones, key by key; the environment lies over all. A key's environment name is mechanical:
 * {@code http.idleTimeoutSeconds} is {@code WEIR_HTTP_IDLE_TIMEOUT_SECONDS}. Names are looked up for each known key and
 * never scanned, so that other {@code WEIR_} names are nobody's error.
 */
public final class SettingsLoader {
    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();

    private SettingsLoader(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Loads settings.
     *
     * @throws SettingsException with all that is wrong
     */
    public static <T extends Record> T load(Class<T> type, List<Path> files, Map<String, String> environment) {
        SettingsLoader loader = new SettingsLoader(environment);
        Map<String, Object> tree = new LinkedHashMap<>();
        for (Path file : files) {
            loader.lay(tree, loader.read(file), "");
        }
        Object bound = loader.record(type, "", tree);
        if (bound == null || !loader.problems.isEmpty()) {
            throw new SettingsException(loader.problems);
        }
        return type.cast(bound);
    }

    /** The environment name of a key, such as {@code WEIR_HTTP_PORT} of {@code http.port}. */
    public static String environmentName(String key) {
        return "WEIR_"
                + key.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                        .replaceAll("[^A-Za-z0-9]", "_")
                        .toUpperCase(Locale.ROOT);
    }

    private Map<?, ?> read(Path file) {
        try (Reader reader = Files.newBufferedReader(file)) {
            LoaderOptions options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            Object tree = new Yaml(new SafeConstructor(options)).load(reader);
            if (tree == null) {
                return Map.of();
            }
            if (tree instanceof Map<?, ?> map) {
                return map;
            }
            problems.add(file + " is not a mapping of keys");
        } catch (IOException e) {
            problems.add("cannot read " + file + ": " + e.getMessage());
        } catch (YAMLException e) {
            problems.add(file + " is not YAML: " + e.getMessage());
        }
        return Map.of();
    }

    @SuppressWarnings("unchecked")
    private void lay(Map<String, Object> under, Map<?, ?> over, String prefix) {
        over.forEach((name, value) -> {
            String key = String.valueOf(name);
            if (value instanceof Map<?, ?> map) {
                Object there = under.computeIfAbsent(key, absent -> new LinkedHashMap<String, Object>());
                if (there instanceof Map<?, ?>) {
                    lay((Map<String, Object>) there, map, prefix + key + ".");
                } else {
                    problems.add(prefix + key + " is a value, not a section");
                }
            } else if (value != null || !(under.get(key) instanceof Map<?, ?>)) {
                under.put(key, value);
            }
        });
    }

    private @Nullable Object record(Class<?> type, String prefix, Map<String, Object> tree) {
        RecordComponent[] components = type.getRecordComponents();
        TreeSet<String> known = new TreeSet<>();
        Arrays.stream(components).forEach(component -> known.add(component.getName()));
        for (String key : tree.keySet()) {
            if (!known.contains(key)) {
                problems.add("unknown setting " + prefix + key + nearest(key, known));
            }
        }
        int before = problems.size();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            values[i] = component(component, prefix + component.getName(), tree.get(component.getName()));
        }
        return problems.size() > before ? null : construct(type, prefix, components, values);
    }

    private @Nullable Object construct(Class<?> type, String prefix, RecordComponent[] components, Object[] values) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            String section = prefix.isEmpty() ? "settings" : prefix.substring(0, prefix.length() - 1);
            String.valueOf(e.getTargetException().getMessage())
                    .lines()
                    .forEach(rule -> problems.add(section + ": " + rule));
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a settings record needs a public constructor: " + type, e);
        }
    }

    @SuppressWarnings("unchecked")
    private @Nullable Object component(RecordComponent component, String key, @Nullable Object value) {
        Class<?> type = component.getType();
        if (type.isRecord() && type != Secret.class) {
            return section(key, value).map(map -> record(type, key + ".", map)).orElse(null);
        }
        if (type == Map.class) {
            return section(key, value).map(map -> sections(component, key, map)).orElse(null);
        }
        String override = environment.get(environmentName(key));
        Object given = override == null ? value : override;
        if (type == Optional.class) {
            Object held = given == null ? null : scalar((Class<?>) element(component), key, text(given));
            return Optional.ofNullable(held);
        }
        if (given == null) {
            problems.add("missing setting " + key);
            return null;
        }
        if (type == List.class) {
            return element(component) == String.class ? list(given) : records(component, key, given);
        }
        return scalar(type, key, text(given));
    }

    /** What a list holds, what an optional may hold, or, last, what a map's values are. */
    private static Type element(RecordComponent component) {
        Type[] arguments = ((ParameterizedType) component.getGenericType()).getActualTypeArguments();
        return arguments[arguments.length - 1];
    }

    /** A value as it was written, but for an instant: YAML's reader makes a date of it. */
    private static String text(Object given) {
        return given instanceof Date date ? date.toInstant().toString() : String.valueOf(given);
    }

    /** A list of sections; as an environment value it is the same YAML on one line. */
    @SuppressWarnings("unchecked")
    private @Nullable List<Object> records(RecordComponent component, String key, Object given) {
        Object read = given instanceof String text ? inline(key, text) : given;
        if (!(read instanceof List<?> sections)
                || !sections.stream().allMatch(section -> section instanceof Map<?, ?>)) {
            problems.add(key + " (" + environmentName(key) + ") must be a list of sections");
            return null;
        }
        List<Object> bound = new ArrayList<>();
        for (int i = 0; i < sections.size(); i++) {
            Map<String, Object> section = new LinkedHashMap<>((Map<String, Object>) sections.get(i));
            Object record = record((Class<?>) element(component), key + "." + i + ".", section);
            if (record != null) {
                bound.add(record);
            }
        }
        return List.copyOf(bound);
    }

    private @Nullable Object inline(String key, String text) {
        try {
            return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
        } catch (YAMLException e) {
            problems.add(key + " (" + environmentName(key) + ") is not YAML: " + e.getMessage());
            return List.of();
        }
    }

    @SuppressWarnings("unchecked")
    private Optional<Map<String, Object>> section(String key, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return Optional.of((Map<String, Object>) map);
        }
        problems.add(value == null ? "missing section " + key : key + " must be a section of keys");
        return Optional.empty();
    }

    private Map<String, Object> sections(RecordComponent component, String key, Map<String, Object> map) {
        Type element = element(component);
        Map<String, Object> bound = new LinkedHashMap<>();
        map.forEach((name, value) -> section(key + "." + name, value).ifPresent(inner -> {
            Object section = record((Class<?>) element, key + "." + name + ".", inner);
            if (section != null) {
                bound.put(name, section);
            }
        }));
        return Map.copyOf(bound);
    }

    private static List<String> list(Object given) {
        if (given instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        return Arrays.stream(String.valueOf(given).split(","))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    private @Nullable Object scalar(Class<?> type, String key, String text) {
        try {
            if (type == String.class) {
                return text;
            } else if (type == int.class) {
                return Integer.parseInt(text);
            } else if (type == long.class) {
                return Long.parseLong(text);
            } else if (type == boolean.class) {
                return truth(text);
            } else if (type == Secret.class) {
                return secret(key, text);
            } else if (type == Path.class) {
                return Path.of(text);
            } else if (type == Instant.class) {
                return Instants.parse(text).orElseThrow(() -> new IllegalArgumentException(text));
            } else if (type.isEnum()) {
                return constant(type, text);
            }
        } catch (IllegalArgumentException e) {
            problems.add(key + " (" + environmentName(key) + ") must be " + words(type) + ", not '" + text + "'");
            return null;
        }
        throw new IllegalStateException("no settings of type " + type);
    }

    private @Nullable Secret secret(String key, String text) {
        Secret secret = new Secret(text);
        try {
            secret.value();
            return secret;
        } catch (IllegalArgumentException e) {
            problems.add(key + " (" + environmentName(key) + "): " + e.getMessage());
            return null;
        }
    }

    private static Object constant(Class<?> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> word(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(text));
    }

    /** A constant as settings write it. */
    private static String word(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static String words(Class<?> type) {
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(SettingsLoader::word)
                            .collect(Collectors.joining(", "));
        }
        return type == boolean.class
                ? "true or false"
                : type == Path.class
                        ? "a path"
                        : type == Instant.class ? "an instant, such as 2026-11-20T10:00:00Z" : "a whole number";
    }

    private static String nearest(String key, TreeSet<String> known) {
        return known.stream()
                .filter(candidate -> distance(key, candidate) <= Math.max(2, key.length() / 4))
                .min((a, b) -> Integer.compare(distance(key, a), distance(key, b)))
                .map(candidate -> "; did you mean " + candidate + "?")
                .orElse("; here are " + String.join(", ", known));
    }

    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int swap = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(swap, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
