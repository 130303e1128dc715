package io.weir.local;

import java.io.IOException;

/** A JVM with a stack that waits to be killed. */
final class AbandonedStack {
    static final String SAYS = "directory ";

    private AbandonedStack() {}

    public static void main(String[] arguments) throws IOException {
        Console.say(SAYS + LocalStack.shared().directory().toString());
        // Ends in order when nobody killed it and the test is gone.
        while (System.in.read() != -1) {
            continue;
        }
    }
}
