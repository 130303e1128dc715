package io.weir.policies;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A registered event type with the versions of its schema.
 *
 * @param current the version that counts for an event that names none: the newest
 * @param versions all of them, by number
 */
record EventType(String name, SchemaVersion current, Map<Integer, SchemaVersion> versions) {
    /** The version of that number; null where there is none. */
    @Nullable
    SchemaVersion version(int number) {
        return number == current.number() ? current : versions.get(number);
    }
}
