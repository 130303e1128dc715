package io.weir.policies;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A registered event type with the versions of its schema.
 *
 * @param current the version that counts for an event that names none: the newest
 * @param versions all of them, by number
 */
record EventType(String name, SchemaVersion current, Map<Integer, SchemaVersion> versions) {
    /** A type of one version. */
    static EventType of(String name, int number, JsonNode schema) {
        SchemaVersion only = new SchemaVersion(number, null, () -> CompiledSchema.Usable.of(schema, null));
        return new EventType(name, only, Map.of(number, only));
    }

    /** The version of that number; null where there is none. */
    @Nullable
    SchemaVersion version(int number) {
        return number == current.number() ? current : versions.get(number);
    }

    /** The short form of the current schema; none where there is more to say of its events than that they are valid. */
    Optional<PlainData> plain() {
        return current.deprecation() == null && current.compiled() instanceof CompiledSchema.Usable usable
                ? usable.plain()
                : Optional.empty();
    }
}
