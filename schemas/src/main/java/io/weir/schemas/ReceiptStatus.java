package io.weir.schemas;

/** What became of one event. */
public enum ReceiptStatus {
    /** Replicated in the log; it will be recorded. */
    ACCEPTED,
    /** Committed to the ledger. */
    RECORDED,
    /** The same tenant, source and id with the same content was there. */
    DUPLICATE,
    /** The same tenant, source and id was there with other content, which stands. */
    CONFLICT,
    /** Not taken: the event itself is wrong. */
    REJECTED,
    /** Not taken: another event of a strict request is wrong. */
    NOT_TAKEN;

    /** As it is written in an answer. */
    public String text() {
        return switch (this) {
            case ACCEPTED -> "accepted";
            case RECORDED -> "recorded";
            case DUPLICATE -> "duplicate";
            case CONFLICT -> "conflict";
            case REJECTED -> "rejected";
            case NOT_TAKEN -> "not_taken";
        };
    }
}
