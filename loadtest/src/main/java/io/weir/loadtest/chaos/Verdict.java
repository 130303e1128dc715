package io.weir.loadtest.chaos;

/** What became of an id that was sent. The first five may be; any other fails the run. */
enum Verdict {
    RECORDED_ONCE("taken, and recorded once", true),
    CORRECTED("taken, and stands as its last acknowledged void or amendment says", true),
    REFUSED("refused by every answer, and absent", true),
    UNKNOWN_ABSENT("never answered for certain, and absent", true),
    UNKNOWN_ONCE("never answered for certain, and recorded once", true),
    LOST("taken, and absent", false),
    DOUBLE("recorded more than once", false),
    MISCORRECTED("stands otherwise than its corrections say", false),
    UNEXPLAINED("neither answers nor ledger explain each other", false);

    private final String meaning;
    private final boolean good;

    Verdict(String meaning, boolean good) {
        this.meaning = meaning;
        this.good = good;
    }

    String meaning() {
        return meaning;
    }

    boolean good() {
        return good;
    }
}
