package io.weir.policies;

/** Tokens that are taken whole or not at all, without a lock. Times are of one monotonic clock, in nanoseconds. */
interface Tokens {
    /** Takes tokens; false, and nothing taken, where there are fewer. */
    boolean take(long tokens, long nowNanos);

    /** Returns tokens that were taken for what was refused after all. */
    void giveBack(long tokens, long nowNanos);

    /** Tokens that can be taken now, as far as is known here. */
    long remaining(long nowNanos);

    /** Nanoseconds, at least 1, until so many tokens, or a whole burst, can be taken; an estimate where others take too. */
    long nanosUntil(long tokens, long nowNanos);

    /** No tokens, ever. */
    Tokens NONE = new Tokens() {
        @Override
        public boolean take(long tokens, long nowNanos) {
            return false;
        }

        @Override
        public void giveBack(long tokens, long nowNanos) {}

        @Override
        public long remaining(long nowNanos) {
            return 0;
        }

        @Override
        public long nanosUntil(long tokens, long nowNanos) {
            return 1_000_000_000L;
        }
    };
}
