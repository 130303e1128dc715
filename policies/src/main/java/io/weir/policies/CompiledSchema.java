package io.weir.policies;

import com.networknt.schema.Schema;
import org.jspecify.annotations.Nullable;

/** What became of a schema's text; immutable, as loops share it without a lock. */
sealed interface CompiledSchema {
    /**
     * One that events can be checked against.
     *
     * @param redaction what of an event must not be stored; null where it may be stored as it was sent
     */
    record Usable(Schema schema, @Nullable Redaction redaction) implements CompiledSchema {}

    /** One that cannot be used, and why: its events are rejected, those of other types are not. */
    record Broken(String why) implements CompiledSchema {}
}
