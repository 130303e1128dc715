package io.weir.schemas;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one event of a request.
 *
 * @param index its place in the request, from 0
 * @param source the event's source, null where it could not be read
 * @param id the event's id, null where it could not be read
 * @param status what became of it
 * @param durability where it is, if it was accepted
 * @param correlation the id that the event is followed by, from here to the ERP document
 * @param errors for a rejected event, all that is wrong with it
 */
public record Receipt(
        int index,
        @Nullable String source,
        @Nullable String id,
        ReceiptStatus status,
        Durability durability,
        @Nullable String correlation,
        List<FieldError> errors) {
    /** The receipt of an event that is not kept on a node's disk alone. */
    public Receipt(
            int index,
            @Nullable String source,
            @Nullable String id,
            ReceiptStatus status,
            @Nullable String correlation,
            List<FieldError> errors) {
        this(index, source, id, status, Durability.REPLICATED, correlation, errors);
    }

    /** Whether it was accepted, and is on a node's disk alone. */
    public boolean local() {
        return status == ReceiptStatus.ACCEPTED && durability == Durability.LOCAL;
    }

    /** The same receipt with another status. */
    public Receipt with(ReceiptStatus other) {
        return new Receipt(index, source, id, other, durability, correlation, errors);
    }
}
