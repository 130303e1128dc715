package io.weir.policies;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How large a regular expression is with its counted repetitions written out, as RE2 compiles it: {@code (a{10}b){5}} is 55.
 * An estimate that is never far below: what cannot be a repetition counts as characters.
 */
final class PatternSize {
    private static final int MOST_DIGITS = 4;

    private final String pattern;
    private int at;

    private PatternSize(String pattern) {
        this.pattern = pattern;
    }

    static long of(String pattern) {
        return new PatternSize(pattern).size();
    }

    private long size() {
        Deque<Long> open = new ArrayDeque<>();
        long sum = 0;
        long last = 0;
        while (at < pattern.length()) {
            char c = pattern.charAt(at);
            long times = c == '{' ? times() : 0;
            if (times > 0) {
                sum = capped(sum + last * (times - 1));
                last = capped(last * times);
            } else if (c == '(') {
                open.push(sum);
                sum = 0;
                at++;
            } else if (c == ')' && !open.isEmpty()) {
                last = sum + 1;
                sum = capped(open.pop() + last);
                at++;
            } else {
                atom(c);
                last = 1;
                sum++;
            }
        }
        while (!open.isEmpty()) {
            sum = capped(sum + open.pop());
        }
        return sum;
    }

    /** Steps over a character, an escape or a class. */
    private void atom(char c) {
        if (c == '\\') {
            at += 2;
        } else if (c == '[') {
            at++;
            while (at < pattern.length() && pattern.charAt(at) != ']') {
                at += pattern.charAt(at) == '\\' ? 2 : 1;
            }
            at++;
        } else {
            at++;
        }
    }

    /** The most repetitions that begin here, which are stepped over; 0 where none does. */
    private long times() {
        int end = pattern.indexOf('}', at);
        String inside = end < 0 ? "" : pattern.substring(at + 1, end);
        if (!inside.matches("\\d{1," + MOST_DIGITS + "}(,(\\d{1," + MOST_DIGITS + "})?)?")) {
            return 0;
        }
        at = end + 1;
        long most = 1;
        for (String number : inside.split(",")) {
            most = Math.max(most, Long.parseLong(number) + (inside.endsWith(",") ? 1 : 0));
        }
        return most;
    }

    private static long capped(long size) {
        return Math.min(size, 1L << 40);
    }
}
