package io.weir.posting;

import org.jspecify.annotations.Nullable;

/** What came of one call to an ERP: a value of the world, never an exception. */
sealed interface ErpOutcome {
    /** The document is in the ERP, under this id of the ERP's own. */
    record Stands(String document) implements ErpOutcome {}

    /** The ERP has no document of that external id. */
    record Absent() implements ErpOutcome {}

    /** The ERP takes no more requests just now; it did not look at this one. */
    record Throttled(int status, String code, String detail) implements ErpOutcome {}

    /** The ERP looked at the document and does not take it: a person must decide. */
    record Rejected(Reason reason, int status, String code, String detail) implements ErpOutcome {}

    /** The ERP refuses the credential, or there is none to be read. */
    record Denied(int status, String code, String detail) implements ErpOutcome {}

    /** No connection came about: the ERP has not seen the request. */
    record Unreached(String detail) implements ErpOutcome {}

    /** The ERP failed; a write may have been taken all the same. */
    record Failed(int status, String code, String detail) implements ErpOutcome {}

    /** The request went out and no answer came: a write may have been taken. */
    record Ambiguous(String detail) implements ErpOutcome {}

    /** The circuit breaker was open: nothing went out. */
    record NotSent() implements ErpOutcome {}

    /** Why a document is held. */
    enum Reason {
        ERP_REJECTED("erp_rejected"),
        PERIOD_CLOSED("period_closed"),
        SHADOW("shadow");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /**
     * An outcome as it is stored and counted.
     *
     * @param outcome one word
     */
    record Row(
            String outcome,
            @Nullable Integer status,
            @Nullable String code,
            @Nullable String detail) {
        static Row of(ErpOutcome outcome) {
            return switch (outcome) {
                case Stands stands -> new Row("stands", null, null, stands.document());
                case Absent absent -> new Row("absent", null, null, null);
                case Throttled it -> new Row("throttled", it.status(), it.code(), it.detail());
                case Rejected it -> new Row("rejected", it.status(), it.code(), it.detail());
                case Denied it -> new Row("denied", it.status(), it.code(), it.detail());
                case Unreached it -> new Row("unreached", null, null, it.detail());
                case Failed it -> new Row("failed", it.status(), it.code(), it.detail());
                case Ambiguous it -> new Row("ambiguous", null, null, it.detail());
                case NotSent notSent -> new Row("not_sent", null, null, null);
            };
        }
    }

    /** Whether it speaks against the ERP's health: so many in a row open the circuit breaker. A throttle answer does not. */
    default boolean breaks() {
        return switch (this) {
            case Denied denied -> true;
            case Unreached unreached -> true;
            case Failed failed -> true;
            case Ambiguous ambiguous -> true;
            case Stands stands -> false;
            case Absent absent -> false;
            case Throttled throttled -> false;
            case Rejected rejected -> false;
            case NotSent notSent -> false;
        };
    }
}
