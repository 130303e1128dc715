package io.weir.loadtest.chaos;

import java.util.Locale;

/** What one attempt said of one event. */
enum Outcome {
    /** Taken, and replicated. */
    ACCEPTED(Meaning.TAKEN),
    /** Taken, on the node's own disk. */
    LOCAL(Meaning.TAKEN),
    /** In the ledger. */
    RECORDED(Meaning.TAKEN),
    /** In the ledger, by another attempt. */
    DUPLICATE(Meaning.TAKEN),
    /** In the ledger, as a part of a backfill set that was closed. */
    BACKFILLED(Meaning.TAKEN),
    /** In a backfill set that nobody closed. */
    STAGED(Meaning.NOT_TAKEN),
    /** In the ledger with other content: no event here is posted with two contents. */
    CONFLICT(Meaning.WRONG),
    /** Not taken: it is wrong. */
    REJECTED(Meaning.NOT_TAKEN),
    /** Not taken: the whole request was refused. */
    REFUSED(Meaning.NOT_TAKEN),
    /** 503: nothing is claimed. */
    UNAVAILABLE(Meaning.OPEN),
    /** No answer. */
    CUT(Meaning.OPEN),
    /** An answer that the contract does not know here. */
    STRANGE(Meaning.WRONG);

    /** What may be concluded. */
    enum Meaning {
        TAKEN,
        NOT_TAKEN,
        OPEN,
        WRONG
    }

    private final Meaning meaning;

    Outcome(Meaning meaning) {
        this.meaning = meaning;
    }

    Meaning meaning() {
        return meaning;
    }

    /** Whether it says that the event is in the ledger. */
    boolean inLedger() {
        return this == RECORDED || this == DUPLICATE || this == BACKFILLED;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
