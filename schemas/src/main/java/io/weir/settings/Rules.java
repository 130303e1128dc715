package io.weir.settings;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Rules that settings records check of themselves; all that are broken are told together, with the key's section. */
final class Rules {
    private Rules() {}

    /** A rule that does not hold, in words; empty where it holds. */
    static Optional<String> range(String key, long value, long least, long most) {
        return that(value >= least && value <= most, key + " must be from " + least + " to " + most + ", not " + value);
    }

    /** A rule that does not hold, in words; empty where it holds. */
    static Optional<String> that(boolean holds, String rule) {
        return holds ? Optional.empty() : Optional.of(rule);
    }

    /** Checks rules; every broken one is a line of the message. */
    @SafeVarargs
    static void check(Optional<String>... broken) {
        check(Arrays.asList(broken));
    }

    /** The same, of a list of rules. */
    static void check(List<Optional<String>> broken) {
        List<String> told = broken.stream().flatMap(Optional::stream).toList();
        if (!told.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", told));
        }
    }
}
