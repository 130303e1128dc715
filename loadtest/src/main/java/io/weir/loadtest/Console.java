package io.weir.loadtest;

import java.io.PrintStream;

/** The terminal of a starter: the one place that writes to standard output. */
public final class Console {
    private final PrintStream out;
    private final boolean interactive;
    private boolean progressShown;

    public Console(PrintStream out, boolean interactive) {
        this.out = out;
        this.interactive = interactive;
    }

    public static Console standard() {
        java.io.Console terminal = System.console();
        return new Console(System.out, terminal != null && terminal.isTerminal());
    }

    public synchronized void line(String text) {
        endProgress();
        out.println(text);
        out.flush();
    }

    /** A line that the next progress replaces; on anything but a terminal, an ordinary line. */
    public synchronized void progress(String text) {
        if (interactive) {
            out.print("\r" + text + "   ");
            progressShown = true;
        } else {
            out.println(text);
        }
        out.flush();
    }

    public boolean interactive() {
        return interactive;
    }

    private void endProgress() {
        if (progressShown) {
            out.println();
            progressShown = false;
        }
    }
}
