package io.weir.policies;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Correlation ids: 32 lower-case hexadecimal digits, a trace id of the W3C Trace Context. */
final class Correlation {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);
    private static final int TRACE_FROM = 3;
    private static final int TRACE_TO = 35;
    private static final int PARENT_TO = 52;
    private static final int LENGTH = 55;

    private Correlation() {}

    /** The trace id of a traceparent; a new one where there is none or it is malformed. */
    static String of(@Nullable String traceparent) {
        if (traceparent != null && wellFormed(traceparent)) {
            return traceparent.substring(TRACE_FROM, TRACE_TO);
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        byte[] digits = new byte[TRACE_TO - TRACE_FROM];
        write(random.nextLong() | 1, digits, 0);
        write(random.nextLong(), digits, Long.BYTES * 2);
        return new String(digits, StandardCharsets.ISO_8859_1);
    }

    private static void write(long bits, byte[] digits, int at) {
        for (int i = 0; i < Long.BYTES * 2; i++) {
            digits[at + i] = HEX[(int) (bits >>> 4 * i) & 0xf];
        }
    }

    /** Version 00 has exactly four fields; a later version may go on behind them, and version ff is none. */
    private static boolean wellFormed(String text) {
        return text.length() >= LENGTH
                && (text.length() == LENGTH || (text.charAt(LENGTH) == '-' && !text.startsWith("00")))
                && !text.startsWith("ff")
                && text.charAt(TRACE_FROM - 1) == '-'
                && text.charAt(TRACE_TO) == '-'
                && text.charAt(PARENT_TO) == '-'
                && hex(text, 0, TRACE_FROM - 1)
                && hex(text, TRACE_FROM, TRACE_TO)
                && hex(text, TRACE_TO + 1, PARENT_TO)
                && hex(text, PARENT_TO + 1, LENGTH)
                && !zero(text, TRACE_FROM, TRACE_TO)
                && !zero(text, TRACE_TO + 1, PARENT_TO);
    }

    private static boolean hex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }

    private static boolean zero(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }
}
