package io.weir.gateway;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The Host of a request (RFC 9112 3.2): there once, well-formed, and the same as in a target that names one. */
final class Hosts {
    private static final Pattern HOST =
            Pattern.compile("([A-Za-z0-9._~%-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{0,5})?");
    private static final int MOST_PORT = 65_535;

    private Hosts() {}

    /** What is wrong; null where nothing is. */
    static @Nullable Malformed fault(HttpRequest request, int there) {
        if (there == 0) {
            return request.protocolVersion().equals(HttpVersion.HTTP_1_0)
                    ? null
                    : new Malformed(400, "there is no Host");
        }
        String host = request.headers().get(HttpHeaderNames.HOST);
        if (there > 1 || host == null || !plain(host) && !wellFormed(host)) {
            return new Malformed(400, "Host is there more than once, or is malformed");
        }
        String target = request.uri();
        return target.startsWith("/") || target.equals("*") || sameHost(target, host)
                ? null
                : new Malformed(400, "the target names another host than Host does");
    }

    /** Letters, digits, dots and hyphens, perhaps a port of four digits: most hosts, without a regular expression. */
    private static boolean plain(String host) {
        int colon = host.length() - 5;
        int end = colon > 0 && host.charAt(colon) == ':' && digits(host, colon + 1) ? colon : host.length();
        for (int i = 0; i < end; i++) {
            char c = host.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-')) {
                return false;
            }
        }
        return end > 0 && end <= 255;
    }

    private static boolean digits(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean wellFormed(String host) {
        if (!HOST.matcher(host).matches()) {
            return false;
        }
        int colon = host.lastIndexOf(':');
        boolean port = colon >= 0 && host.indexOf(']') < colon && colon + 1 < host.length();
        return !port || Integer.parseInt(host.substring(colon + 1)) <= MOST_PORT;
    }

    private static boolean sameHost(String target, String host) {
        int from = target.indexOf("://") + 3;
        return target.regionMatches(true, from, host, 0, host.length())
                && (target.length() == from + host.length() || "/?".indexOf(target.charAt(from + host.length())) >= 0);
    }
}
