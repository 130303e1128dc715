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

    /** A source's total that is not all recorded: reconciliation's. */
    record OfTotal(long total) implements ExceptionId {
        @Override
        public Object key() {
            return total;
        }

        @Override
        public String text() {
            return TOTAL + total;
        }
    }

    /** Usage that cannot be rated: rating's. */
    record OfRating(long failure) implements ExceptionId {
        @Override
        public Object key() {
            return failure;
        }

        @Override
        public String text() {
            return RATING + failure;
        }
    }

    String EVENT = "L-";
    String DOCUMENT = "P-";
    String TOTAL = "S-";
    String RATING = "B-";

    /** What its stage knows it by. */
    Object key();

    /** The id as the API gives it. */
    String text();

    /** The id written so; empty where it cannot be one. */
    static Optional<ExceptionId> of(String text) {
        if (text.startsWith(DOCUMENT) && Ids.valid(text)) {
            return Optional.of(new OfDocument(text.substring(DOCUMENT.length())));
        }
        if (!text.matches("[LSB]-[0-9]{1,18}")) {
            return Optional.empty();
        }
        long number = Long.parseLong(text.substring(EVENT.length()));
        return Optional.of(
                switch (text.charAt(0)) {
                    case 'L' -> new OfEvent(number);
                    case 'S' -> new OfTotal(number);
                    default -> new OfRating(number);
                });
    }
}
