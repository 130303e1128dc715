package io.weir.loadtest.chaos;

/** The run could not be made, or not be judged: no verdict on Weir. */
final class ChaosFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChaosFailure(String message) {
        super(message);
    }

    ChaosFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
