package io.weir.local;

import java.io.IOException;
import java.io.OutputStream;

/** A JVM with a stack that waits to be killed. */
final class AbandonedStack {
    static final String SAYS = "directory ";

    private AbandonedStack() {}

    public static void main(String[] arguments) throws IOException {
        Console.say(SAYS + LocalStack.shared().directory().toString());
        // Ends in order when nobody killed it and the test is gone.
        System.in.transferTo(OutputStream.nullOutputStream());
    }
}
