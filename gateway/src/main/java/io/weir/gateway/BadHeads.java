package io.weir.gateway;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.weir.schemas.Refusal;

/** What a client is told of a head that could not be decoded: what was wrong, in Weir's words and never a decoder's. */
final class BadHeads {
    private BadHeads() {}

    static Refusal.BadHead of(Throwable cause) {
        return switch (cause) {
            case Malformed why -> new Refusal.BadHead(why.status(), why.detail());
            case TooLongHttpLineException line -> new Refusal.BadHead(414, "the first line is too long");
            case TooLongHttpHeaderException headers -> new Refusal.BadHead(431, "the headers are too long");
            default -> new Refusal.BadHead(400, "the request is malformed, or could be read in two ways");
        };
    }
}
