package io.weir.settings;

/** Rules that settings records check of themselves; a broken one is told with the key's section. */
final class Rules {
    private Rules() {}

    static void range(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(key + " must be from " + least + " to " + most + ", not " + value);
        }
    }

    static void that(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
