package io.weir.loadtest.chaos;

/** What became of a backfill set. The first four may be; any other fails the run. */
enum SetVerdict {
    CLOSED("answered as closed, and all of it is in the ledger", true),
    DROPPED("answered as dropped, and nothing of it is in the ledger", true),
    UNKNOWN_CLOSED("never answered for certain: closed, and all of it is in the ledger", true),
    UNKNOWN_ABSENT("left open, or never answered for certain: not closed, and nothing of it is in the ledger", true),
    TORN("closed, and the ledger or the set does not have all that was loaded", false),
    LEAKED("not closed, and the ledger has a part of it", false),
    UNEXPLAINED("answers, the set as it is shown and the ledger do not explain each other", false);

    private final String meaning;
    private final boolean good;

    SetVerdict(String meaning, boolean good) {
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
