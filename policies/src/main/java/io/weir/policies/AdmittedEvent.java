package io.weir.policies;

/**
 * An event that may be taken.
 *
 * @param index its place in the request
 * @param source CloudEvents source
 * @param id CloudEvents id
 * @param orderingKey its subject, or the subscription that it names instead: what its order is kept by
 * @param correlation the id that it is followed by
 * @param schemaVersion the schema version that its data was checked against
 * @param json the event's JSON as it was sent (for binary mode: as structured mode would have sent it), but for what its schema
 *     classifies as not to be stored
 */
public record AdmittedEvent(
        int index, String source, String id, String orderingKey, String correlation, int schemaVersion, byte[] json) {}
