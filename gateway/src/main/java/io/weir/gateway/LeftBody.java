package io.weir.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * What a caller goes on sending although it was answered: dropped up to a bound of bytes and time, so that it sees the answer. Where
 * it goes on beyond that, the connection ends; of HTTP/2 only the stream does, with the code that says that nothing went wrong
 * (RFC 9113 8.1).
 *
 * <p>A stream is not reset at once, though it may be: whatever is on its way then is answered by Netty with a further reset for each
 * frame, and those count among the resets of the connection ({@code door.maxResets}), which ended it after some refused uploads.
 */
final class LeftBody {
    private static final int BYTES = 1 << 20;
    private static final long MILLIS = 1_000;
    private static final long NO_ERROR = 0;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private long timer = -1;
    private int dropped;
    private boolean over;

    private LeftBody(Vertx vertx, HttpServerRequest request) {
        this.vertx = vertx;
        this.request = request;
    }

    /** Drops it; of HTTP/2 once the answer is written, of HTTP/1 from any time on: its connection ends behind what was written. */
    static void drop(Vertx vertx, HttpServerRequest request) {
        if (!request.isEnded()) {
            new LeftBody(vertx, request).drop();
        }
    }

    private void drop() {
        request.handler(chunk -> {
            dropped += chunk.length();
            if (dropped > BYTES) {
                enough();
            }
        });
        request.exceptionHandler(gone -> over());
        request.endHandler(end -> {
            if (request.version() == HttpVersion.HTTP_2) {
                over();
            } else {
                enough();
            }
        });
        timer = vertx.setTimer(MILLIS, late -> enough());
        request.resume();
    }

    private void enough() {
        if (over()) {
            if (request.version() == HttpVersion.HTTP_2) {
                request.response().reset(NO_ERROR);
            } else {
                request.connection().close();
            }
        }
    }

    private boolean over() {
        boolean first = !over;
        over = true;
        vertx.cancelTimer(timer);
        return first;
    }
}
