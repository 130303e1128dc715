package io.weir.schemas;

/** What text can be stored and compared: no U+0000 (Postgres refuses it) and no unpaired surrogate (UTF-8 cannot say it). */
public final class Text {
    private Text() {}

    /** Whether the text can be stored and holds no control character: what ids and names must be. */
    public static boolean printable(String text) {
        for (int i = 0; i < text.length(); i++) {
            // Of plain ASCII, as most ids are, nothing more has to be known.
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return storable(text) && text.chars().noneMatch(Character::isISOControl);
            }
        }
        return true;
    }

    /** Whether the text can be stored. */
    public static boolean storable(String text) {
        for (int i = 0; i < text.length(); i++) {
            // One comparison for nearly every character: wraps U+0000 round to the greatest.
            if ((char) (text.charAt(i) - 1) >= Character.MIN_SURROGATE - 1) {
                return storable(text, i);
            }
        }
        return true;
    }

    private static boolean storable(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return false;
            }
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
