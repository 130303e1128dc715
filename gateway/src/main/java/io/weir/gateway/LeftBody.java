package io.weir.gateway;

import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/**
 * What a caller goes on sending although it was answered: dropped up to a bound of bytes and time, so that it sees the answer. Where
 * it goes on beyond that, the connection ends; of HTTP/2 only the stream does, with the code that says that nothing went wrong
 * (RFC 9113 8.1).
 *
 * <p>A stream is not reset while its caller may still be sending: whatever is on its way then is answered by Netty with a further
 * reset for each frame, and those count among the resets of the connection ({@code door.maxResets}), which ended it after some
 * refused uploads. So the stream's window is closed first, the connection's is not, and the reset comes when the caller has used
 * up what it had, or is silent.
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
    private boolean enough;

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
            if (dropped > BYTES || enough) {
                enough();
            }
        });
        request.exceptionHandler(gone -> over());
        request.endHandler(end -> {
            if (request.version() == HttpVersion.HTTP_2) {
                over();
            } else {
                end();
            }
        });
        timer = vertx.setTimer(MILLIS, late -> enough());
        request.resume();
    }

    private void enough() {
        Window window = request.version() == HttpVersion.HTTP_2 ? Window.of(request) : null;
        if (window == null) {
            end();
            return;
        }
        if (!enough && !over) {
            enough = true;
            window.close();
            vertx.cancelTimer(timer);
            timer = vertx.setTimer(MILLIS, late -> end());
        }
        if (window.isUsedUp()) {
            end();
        }
    }

    private void end() {
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

    /** How much a caller may still send of one stream. */
    private record Window(Http2LocalFlowController all, Http2Stream stream) {
        static @Nullable Window of(HttpServerRequest request) {
            if (!(request.connection() instanceof ConnectionBase connection)) {
                return null;
            }
            Http2ConnectionHandler http = connection.channel().pipeline().get(Http2ConnectionHandler.class);
            Http2Stream stream = http == null
                    ? null
                    : http.connection().stream(request.response().streamId());
            return stream == null ? null : new Window(http.decoder().flowController(), stream);
        }

        /** What is used of it is not given again. */
        void close() {
            try {
                all.incrementWindowSize(stream, -all.initialWindowSize(stream));
            } catch (Http2Exception e) {
                throw new IllegalStateException(e);
            }
        }

        boolean isUsedUp() {
            return all.windowSize(stream) <= 0;
        }
    }
}
