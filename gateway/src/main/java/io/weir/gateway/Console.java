package io.weir.gateway;

/** The few lines that a person reads at the console; everything else is the log's. */
final class Console {
    private Console() {}

    @SuppressWarnings("SystemOut")
    static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    @SuppressWarnings("SystemOut")
    static void fail(String line) {
        System.err.println("weir: " + line);
    }
}
