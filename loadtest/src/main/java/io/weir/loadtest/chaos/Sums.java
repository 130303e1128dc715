package io.weir.loadtest.chaos;

/** Counts and quantities of one customer; where one is not reported it is 0 on both sides. */
record Sums(long events, long inputTokens, long outputTokens) {
    static final Sums NONE = new Sums(0, 0, 0);

    Sums plus(Sums other) {
        return new Sums(events + other.events, inputTokens + other.inputTokens, outputTokens + other.outputTokens);
    }

    /** Of output tokens alone: what is limited and charged. */
    Sums charged() {
        return new Sums(0, 0, outputTokens);
    }
}
