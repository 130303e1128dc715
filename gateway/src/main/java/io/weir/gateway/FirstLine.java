package io.weir.gateway;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a request as RFC 9112 3 writes it: method, one space, target, one space, version. The target's characters
 * are those of a URI; {@code ` { | } ^} pass, since browsers send them as they are.
 */
final class FirstLine {
    private static final Pattern VERSION = Pattern.compile("HTTP/[0-9]\\.[0-9]");
    private static final Pattern ABSOLUTE = Pattern.compile("https?://[^/?@]+([/?].*)?");
    private static final boolean[] TOKEN = new boolean[128];
    private static final boolean[] TARGET = new boolean[128];
    private static final byte[] SPOKEN = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);

    static {
        for (char c = '!'; c < 0x7f; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
            TARGET[c] = "\"#<>\\".indexOf(c) < 0;
        }
    }

    private FirstLine() {}

    /** What is wrong with the line in these bytes, its end among them; null where nothing is. */
    static @Nullable Malformed fault(ByteBuf in, int from, int to) {
        int method = from;
        while (method < to && in.getByte(method) >= 0 && TOKEN[in.getByte(method)]) {
            method++;
        }
        int target = method + 1;
        int last = target;
        boolean odd = false;
        for (byte c; last < to && (c = in.getByte(last)) != ' '; last++) {
            odd |= c < 0 || !TARGET[c];
        }
        if (method == from || last <= target || last >= to || in.getByte(method) != ' ') {
            return new Malformed(400, "the first line is not: method, one space, target, one space, version");
        }
        Malformed version = version(in, last + 1, to);
        if (version != null) {
            return version;
        }
        if (odd) {
            return new Malformed(400, "the target holds a character that a URI must escape");
        }
        return in.getByte(target) == '/' ? null : otherForm(text(in, from, method), text(in, target, last));
    }

    private static @Nullable Malformed version(ByteBuf in, int from, int to) {
        if (spoken(in, from, to)) {
            return null;
        }
        return VERSION.matcher(text(in, from, to).stripTrailing()).matches()
                ? new Malformed(505, "HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken here")
                : new Malformed(400, "the version of HTTP is malformed");
    }

    private static boolean spoken(ByteBuf in, int from, int to) {
        int end = from + SPOKEN.length;
        if (end >= to || in.getByte(end) != '0' && in.getByte(end) != '1') {
            return false;
        }
        for (int i = 0; i < SPOKEN.length; i++) {
            if (in.getByte(from + i) != SPOKEN[i]) {
                return false;
            }
        }
        for (int i = end + 1; i < to; i++) {
            if (!Character.isWhitespace(in.getByte(i))) {
                return false;
            }
        }
        return true;
    }

    /** Targets that are no plain path: absolute, for proxies; {@code *}, of OPTIONS; an authority, of CONNECT. */
    private static @Nullable Malformed otherForm(String method, String target) {
        if (method.equals("CONNECT")) {
            return new Malformed(405, "this is no proxy");
        }
        if (target.equals("*") ? method.equals("OPTIONS") : absolute(target)) {
            return null;
        }
        return new Malformed(400, "the target is neither a path nor an http URI");
    }

    private static boolean absolute(String target) {
        return ABSOLUTE.matcher(target.toLowerCase(Locale.ROOT)).matches();
    }

    private static String text(ByteBuf in, int from, int to) {
        return in.toString(from, to - from, StandardCharsets.ISO_8859_1);
    }
}
