package io.weir.loadtest.demo;

/** The demo cannot go on; the message is for the person at the terminal and says what to do. */
final class DemoFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoFailure(String message) {
        super(message);
    }
}
