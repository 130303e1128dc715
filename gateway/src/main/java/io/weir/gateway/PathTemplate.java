package io.weir.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A path with parameters, such as {@code /v1/customers/:customer/entitlements/:feature}, matched without regular expressions: for
 * what is asked so often that the router's way is a good part of its cost. It knows only paths that mean what they say: one with an
 * escape, an empty or a dot segment is the router's.
 */
final class PathTemplate {
    private final List<String> literals = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final String rest;

    PathTemplate(String template) {
        int from = 0;
        for (int colon = template.indexOf(':'); colon >= 0; colon = template.indexOf(':', from)) {
            int slash = template.indexOf('/', colon);
            int end = slash < 0 ? template.length() : slash;
            literals.add(template.substring(from, colon));
            names.add(template.substring(colon + 1, end));
            from = end;
        }
        rest = template.substring(from);
    }

    /** The parameters of a path; null where it is another one, or one for the router. */
    @Nullable
    Map<String, String> match(String path) {
        String[] values = new String[names.size()];
        int at = 0;
        for (int i = 0; i < values.length; i++) {
            String literal = literals.get(i);
            int begin = at + literal.length();
            at = path.startsWith(literal, at) ? end(path, begin) : begin;
            if (at <= begin) {
                return null;
            }
            values[i] = path.substring(begin, at);
        }
        return path.length() - at == rest.length() && path.endsWith(rest) ? parameters(values) : null;
    }

    private Map<String, String> parameters(String[] values) {
        return switch (values.length) {
            case 0 -> Map.of();
            case 1 -> Map.of(names.get(0), values[0]);
            case 2 -> Map.of(names.get(0), values[0], names.get(1), values[1]);
            default ->
                IntStream.range(0, values.length)
                        .boxed()
                        .collect(Collectors.toUnmodifiableMap(names::get, i -> values[i]));
        };
    }

    /** Where the segment that begins there ends; there already, where it is the router's to read. */
    private static int end(String path, int begin) {
        int at = begin;
        while (at < path.length() && path.charAt(at) != '/') {
            if (path.charAt(at) == '%' || path.charAt(at) == '.' && at == begin) {
                return begin;
            }
            at++;
        }
        return at;
    }
}
