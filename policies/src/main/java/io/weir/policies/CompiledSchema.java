package io.weir.policies;

import com.networknt.schema.Schema;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What became of a schema's text; immutable, as loops share it without a lock. */
sealed interface CompiledSchema {
    /**
     * One that events can be checked against.
     *
     * @param plain the short form of the schema, where it has one: then nothing is classified
     * @param redaction what of an event must not be stored; null where it may be stored as it was sent
     */
    record Usable(
            Schema schema,
            Optional<PlainData> plain,
            @Nullable Redaction redaction) implements CompiledSchema {
        static Usable of(JsonNode schema, @Nullable Redaction redaction) {
            return new Usable(
                    JsonSchemas.compile(schema),
                    redaction == null ? PlainData.of(schema) : Optional.empty(),
                    redaction);
        }
    }

    /** One that cannot be used, and why: its events are rejected, those of other types are not. */
    record Broken(String why) implements CompiledSchema {}
}
