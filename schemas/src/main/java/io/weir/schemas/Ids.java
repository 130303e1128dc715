package io.weir.schemas;

/** The form that every id has: 1-128 characters, none of them a control character or an unpaired surrogate. */
public final class Ids {
    /** The longest id, in UTF-16 characters. */
    public static final int MAX_LENGTH = 128;

    private Ids() {}

    /** Whether the text has the form of an id. */
    public static boolean valid(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        return Text.printable(text);
    }

    static void check(String type, String value) {
        if (!valid(value)) {
            throw new IllegalArgumentException(type + " must be 1-128 characters without control characters");
        }
    }
}
