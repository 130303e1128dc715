package io.weir.schemas;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Whether bytes are UTF-8 (RFC 3629): the JSON reader takes overlong forms, and surrogates written as three bytes each, and
 * so would find text in bytes where other readers find other text or none. What is ASCII passes eight bytes at a time.
 */
public final class Utf8 {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NO_ASCII = 0x8080808080808080L;
    private static final int CONTINUATION = 0xc0;

    private Utf8() {}

    /** Whether all of them are. */
    public static boolean valid(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            if (at + Long.BYTES <= bytes.length && ((long) EIGHT.get(bytes, at) & NO_ASCII) == 0) {
                at += Long.BYTES;
            } else if (bytes[at] >= 0) {
                at++;
            } else {
                int length = length(bytes, at);
                if (length == 0) {
                    return false;
                }
                at += length;
            }
        }
        return true;
    }

    /** How many bytes the character takes that begins there, which is no ASCII; 0 where none does. */
    private static int length(byte[] bytes, int at) {
        int first = bytes[at] & 0xff;
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) {
            return 0;
        }
        int second = bytes[at + 1] & 0xff;
        boolean inRange = switch (first) {
            case 0xe0 -> second >= 0xa0;
            case 0xed -> second < 0xa0;
            case 0xf0 -> second >= 0x90;
            case 0xf4 -> second < 0x90;
            default -> true;
        };
        for (int i = 1; i < length; i++) {
            inRange &= (bytes[at + i] & CONTINUATION) == 0x80;
        }
        return inRange ? length : 0;
    }
}
