package io.weir.policies;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Correlation ids: 32 lower-case hexadecimal digits, a trace id of the W3C Trace Context. */
final class Correlation {
    private static final HexFormat HEX = HexFormat.of();
    private static final int TRACE_FROM = 3;
    private static final int TRACE_TO = 35;
    private static final int LENGTH = 55;

    private Correlation() {}

    /** The trace id of a traceparent; a new one where there is none or it is malformed. */
    static String of(@Nullable String traceparent) {
        if (traceparent != null && wellFormed(traceparent)) {
            return traceparent.substring(TRACE_FROM, TRACE_TO);
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return HEX.toHexDigits(random.nextLong() | 1) + HEX.toHexDigits(random.nextLong());
    }

    private static boolean wellFormed(String text) {
        if (text.length() < LENGTH || text.charAt(2) != '-' || text.charAt(TRACE_TO) != '-') {
            return false;
        }
        boolean zero = true;
        for (int i = TRACE_FROM; i < TRACE_TO; i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
            zero &= c == '0';
        }
        return !zero;
    }
}
