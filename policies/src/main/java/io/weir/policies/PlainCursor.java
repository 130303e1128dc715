package io.weir.policies;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A place in JSON that steps over plain values: text of printable ASCII without escapes, and numbers of at most 18 digits
 * without an exponent. It never guesses: where anything else stands it answers false, and its caller reads by the book.
 */
final class PlainCursor {
    private static final int MOST_DIGITS = 18;

    private final byte[] in;
    private int at;
    private int from;
    private int to;
    private long whole;
    private boolean fraction;

    PlainCursor(byte[] in, int at) {
        this.in = in;
        this.at = at;
    }

    int at() {
        return at;
    }

    void moveTo(int place) {
        at = place;
    }

    /** Steps over white space (RFC 8259 2). */
    void space() {
        while (at < in.length && (in[at] == ' ' || in[at] == '\n' || in[at] == '\r' || in[at] == '\t')) {
            at++;
        }
    }

    /** Whether nothing but white space is left. */
    boolean ended() {
        space();
        return at == in.length;
    }

    /** Steps over white space and the character; stays before the character where it is another one. */
    boolean take(char c) {
        space();
        if (at < in.length && in[at] == c) {
            at++;
            return true;
        }
        return false;
    }

    /** Steps over a text; what it holds is asked by the methods below. */
    boolean text() {
        if (!take('"')) {
            return false;
        }
        int i = at;
        while (i < in.length) {
            byte c = in[i];
            if (c == '"') {
                from = at;
                to = i;
                at = i + 1;
                return true;
            }
            // Bytes of other characters than ASCII are negative.
            if (c < ' ' || c == '\\' || c == 0x7f) {
                return false;
            }
            i++;
        }
        return false;
    }

    /** How many characters the last text has. */
    int length() {
        return to - from;
    }

    /** Where the last text begins. */
    int from() {
        return from;
    }

    /** Whether the last text is that one. */
    boolean is(byte[] expected) {
        return to - from == expected.length && Arrays.equals(in, from, to, expected, 0, expected.length);
    }

    /** The last text. */
    String string() {
        return new String(in, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** The seconds since 1970 of the RFC 3339 date-time that the last text is; {@link PlainTime#NONE} where it is none of the common form. */
    long seconds() {
        return PlainTime.seconds(in, from, to);
    }

    /** Steps over a number. */
    boolean number() {
        space();
        boolean negative = at < in.length && in[at] == '-';
        int first = negative ? at + 1 : at;
        int i = first;
        long value = 0;
        while (digit(i)) {
            value = value * 10 + in[i++] - '0';
            if (i - first > MOST_DIGITS) {
                return false;
            }
        }
        if (i == first || (in[first] == '0' && (negative || i > first + 1))) {
            return false;
        }
        int end = i;
        fraction = false;
        if (i < in.length && in[i] == '.') {
            end = fractionEnd(i + 1);
            if (end == i + 1 || end - first > MOST_DIGITS) {
                return false;
            }
            fraction = true;
        }
        whole = negative ? -value : value;
        at = end;
        return endOfNumber() && !(fraction && negative);
    }

    private int fractionEnd(int first) {
        int i = first;
        while (digit(i)) {
            i++;
        }
        return i;
    }

    private boolean digit(int i) {
        return i < in.length && in[i] >= '0' && in[i] <= '9';
    }

    private boolean endOfNumber() {
        return at < in.length && (in[at] == ',' || in[at] == '}' || in[at] <= ' ');
    }

    /** The last number, without its fraction; a number with a fraction is above zero. */
    long whole() {
        return whole;
    }

    /** Whether the last number has a fraction, were it zero. */
    boolean fraction() {
        return fraction;
    }

    /** Steps over true or false. */
    boolean truth() {
        space();
        int length = literal("true") ? 4 : literal("false") ? 5 : 0;
        at += length;
        return length > 0;
    }

    private boolean literal(String word) {
        if (at + word.length() > in.length) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (in[at + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
