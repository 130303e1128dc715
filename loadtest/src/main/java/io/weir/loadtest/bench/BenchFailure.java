package io.weir.loadtest.bench;

/** The benchmark cannot go on, or its figures would not be true; the message says why. */
final class BenchFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BenchFailure(String message) {
        super(message);
    }
}
