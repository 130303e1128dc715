package io.weir.local;

/** A start that cannot go on, with the one message a person needs and the exit code a starter reads. */
final class StartRefused extends RuntimeException {
    static final int FAILED = 1;
    static final int ALREADY_RUNNING = 3;
    static final int PORT_TAKEN = 4;

    private final int exitCode;
    private final String reason;

    StartRefused(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
        reason = message;
    }

    String reason() {
        return reason;
    }

    int exitCode() {
        return exitCode;
    }
}
