package io.weir.policies;

import io.weir.schemas.Deprecation;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One version of an event type's schema, compiled when it is first used: a type with many versions, or a catalog with many
 * types, costs nothing until then, and one that cannot be used fails alone.
 */
final class SchemaVersion {
    private final int number;
    private final @Nullable Deprecation deprecation;
    private final Supplier<CompiledSchema> source;
    /** May be set twice to the same by two loops; it is immutable, so that either one is good. */
    private @Nullable CompiledSchema compiled;

    SchemaVersion(int number, @Nullable Deprecation deprecation, Supplier<CompiledSchema> source) {
        this.number = number;
        this.deprecation = deprecation;
        this.source = source;
    }

    /** Its number, which each event keeps. */
    int number() {
        return number;
    }

    /** That it ends; null where it does not. */
    @Nullable
    Deprecation deprecation() {
        return deprecation;
    }

    /** What its text says. */
    CompiledSchema compiled() {
        CompiledSchema known = compiled;
        if (known == null) {
            known = source.get();
            compiled = known;
        }
        return known;
    }
}
