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
    private static final String NO_URI = "\"#<>\\";

    private FirstLine() {}

    /** What is wrong with the line in these bytes, its end among them; null where nothing is. */
    static @Nullable Malformed fault(ByteBuf in, int from, int to) {
        int method = in.indexOf(from, to, (byte) ' ') - from;
        int target = from + method + 1;
        int last = method < 1 ? -1 : in.indexOf(target, to, (byte) ' ');
        if (method < 1 || last <= target || !token(in, from, from + method)) {
            return new Malformed(400, "the first line is not: method, one space, target, one space, version");
        }
        String version = text(in, last + 1, to).stripTrailing();
        if (!version.equals("HTTP/1.1") && !version.equals("HTTP/1.0")) {
            return VERSION.matcher(version).matches()
                    ? new Malformed(505, "HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken here")
                    : new Malformed(400, "the version of HTTP is malformed");
        }
        for (int i = target; i < last; i++) {
            int c = in.getByte(i);
            if (c <= ' ' || c == 0x7f || NO_URI.indexOf(c) >= 0) {
                return new Malformed(400, "the target holds a character that a URI must escape");
            }
        }
        return in.getByte(target) == '/' ? null : otherForm(text(in, from, from + method), text(in, target, last));
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

    private static boolean token(ByteBuf in, int from, int to) {
        for (int i = from; i < to; i++) {
            int c = in.getByte(i);
            if (!(c >= 'A' && c <= 'Z'
                    || c >= 'a' && c <= 'z'
                    || c >= '0' && c <= '9'
                    || "!#$%&'*+-.^_`|~".indexOf(c) >= 0)) {
                return false;
            }
        }
        return true;
    }

    private static String text(ByteBuf in, int from, int to) {
        return in.toString(from, to - from, StandardCharsets.ISO_8859_1);
    }
}
