package io.weir.local;

/** The console of the services process: the ready line and failures, nothing else. */
final class Console {
    private Console() {}

    static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    static void fail(String message) {
        System.err.println("weir services: " + message);
        System.err.flush();
    }
}
