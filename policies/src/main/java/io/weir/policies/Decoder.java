package io.weir.policies;

/**
 * Undoes a content coding (RFC 9110 8.4), step by step: takes compressed pieces, gives what they hold in slices that the caller
 * has room for. Never holds more than a piece and the coding's own window.
 */
interface Decoder extends AutoCloseable {
    /** The bytes are not of this coding, are corrupt, or end too early. */
    final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed(String detail) {
            super(detail);
        }
    }

    /** Hands over the next piece, when all before is read. */
    void give(byte[] piece);

    /** Fills a part of the slice; 0 where nothing is left before the next piece. */
    int read(byte[] slice) throws Malformed;

    /** Nothing follows: what was begun must be complete. */
    void end() throws Malformed;

    @Override
    void close();
}
