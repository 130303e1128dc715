package io.weir.local.erp;

import java.util.Locale;

/** What can be made to go wrong. */
enum FaultKind {
    /** The connection is closed and nothing is stored. */
    DROP_BEFORE_COMMIT,
    /** The document is stored, and the connection is closed instead of an answer. */
    DROP_AFTER_COMMIT,
    /** Too many requests at once: the vendor's two forms in turns. */
    THROTTLE,
    /** An unexpected error of the server. */
    ERROR,
    /** The request is served at once and answered late. */
    DELAY,
    /** Every connection is closed, reads too. */
    DOWN,
    /** The transaction's date lies in a closed period, whatever it is. */
    PERIOD_CLOSED;

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
