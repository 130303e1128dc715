package io.weir.exceptions;

import io.weir.schemas.Ids;
import java.util.Optional;

/** The id of an exception, which tells whose it is. */
public sealed interface ExceptionId {
    /** An exception of an event: the ledger's. */
    record OfEvent(long exception) implements ExceptionId {
        @Override
        public Object key() {
            return exception;
        }

        @Override
        public String text() {
            return EVENT + exception;
        }
    }

    /** An exception of a document: posting's. */
    record OfDocument(String externalId) implements ExceptionId {
        @Override
        public Object key() {
            return externalId;
        }

        @Override
        public String text() {
            return DOCUMENT + externalId;
        }
    }

    String EVENT = "L-";
    String DOCUMENT = "P-";

    /** What its stage knows it by. */
    Object key();

    /** The id as the API gives it. */
    String text();

    /** The id written so; empty where it cannot be one. */
    static Optional<ExceptionId> of(String text) {
        if (text.startsWith(DOCUMENT) && Ids.valid(text)) {
            return Optional.of(new OfDocument(text.substring(DOCUMENT.length())));
        }
        return text.matches(EVENT + "[0-9]{1,18}")
                ? Optional.of(new OfEvent(Long.parseLong(text.substring(EVENT.length()))))
                : Optional.empty();
    }
}
