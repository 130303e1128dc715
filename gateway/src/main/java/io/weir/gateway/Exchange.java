package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import io.weir.gateway.DoorMeters.Reason;
import io.weir.policies.Call;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a request to its answer: admission, action, answer; the boundary at which refusals become problems and bugs end. */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    static final CharSequence CORRELATION = HttpHeaders.createOptimized("X-Correlation-Id");
    static final CharSequence SNIFFING = HttpHeaders.createOptimized("X-Content-Type-Options");
    static final CharSequence NO_SNIFFING = HttpHeaders.createOptimized("nosniff");
    /** An answer is the caller's own, unless it says otherwise. */
    static final CharSequence NOT_KEPT = HttpHeaders.createOptimized("no-store");

    private static final long DRAINED_MILLIS = 1_000;
    /** What HTTP/2 calls the end of a stream that is not needed any more (RFC 9113 7). */
    private static final long CANCEL = 8;

    /** A body up to this size was sent with its head already: it is dropped, and the connection kept. */
    private static final int SENT_ALREADY_BYTES = 1 << 16;

    private static final int SENT_ALREADY_DIGITS = 5;

    private final Vertx vertx;
    private final Door door;
    private final Overload overload;

    Exchange(Vertx vertx, Door door, Overload overload) {
        this.vertx = vertx;
        this.door = door;
        this.overload = overload;
    }

    void handle(Call call, Route route, CallMeters.Operation timed) {
        long begin = System.nanoTime();
        if (!route.anyOf().isEmpty() && overload.refuses(route.flow())) {
            busy(call, timed, begin);
            return;
        }
        Future<Answer> answer;
        try {
            Future<Call> admitted = route.admission().admit(call);
            answer = admitted.succeeded()
                    ? act(route, admitted.result(), begin)
                    : admitted.compose(passed -> act(route, passed, begin));
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        if (answer.succeeded()) {
            send(call, answer.result(), timed, begin);
        } else {
            answer.onComplete(done -> {
                if (done.succeeded()) {
                    send(call, done.result(), timed, begin);
                } else {
                    fail(call, done.cause(), timed, begin);
                }
            });
        }
    }

    /** What an action does is under way once its call is whole; events are from their way into the log on. */
    private Future<Answer> act(Route route, Call call, long begin) {
        return ServerTiming.wanted(call)
                ? ServerTiming.of(route, call, begin).told(act(route, call))
                : act(route, call);
    }

    private Future<Answer> act(Route route, Call call) {
        Future<Answer> answer = route.action().apply(call);
        return route.flow() == FlowClass.USAGE ? answer : overload.underWay(route.flow(), answer);
    }

    /** Refused by its head alone. A small body is let through and dropped: a new connection would cost more than it does. */
    private void busy(Call call, CallMeters.Operation timed, long begin) {
        HttpServerRequest request = call.request();
        Answer answer = Problems.busy(request.path(), call.correlation(), overload.retryAfterSeconds());
        if (request.isEnded() || !sentAlready(request)) {
            send(call, answer, timed, begin);
            return;
        }
        long timer = vertx.setTimer(DRAINED_MILLIS, late -> send(call, answer, timed, begin));
        request.handler(dropped -> {});
        request.exceptionHandler(closed -> vertx.cancelTimer(timer));
        request.endHandler(end -> {
            if (vertx.cancelTimer(timer)) {
                send(call, answer, timed, begin);
            }
        });
    }

    private static boolean sentAlready(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && isSmall(length) && !request.headers().contains(HttpHeaders.EXPECT);
    }

    /** By hand: a refusal must cost next to nothing. */
    private static boolean isSmall(String length) {
        int value = 0;
        for (int at = 0; at < length.length(); at++) {
            int digit = length.charAt(at) - '0';
            if (digit < 0 || digit > 9 || at >= SENT_ALREADY_DIGITS) {
                return false;
            }
            value = value * 10 + digit;
        }
        return value <= SENT_ALREADY_BYTES;
    }

    void refused(Call call, Refusal refusal, CallMeters.Operation timed) {
        send(call, Problems.of(refusal, call.request().path(), call.correlation()), timed, System.nanoTime());
    }

    void failed(Call call, Throwable failure, CallMeters.Operation timed) {
        fail(call, failure, timed, System.nanoTime());
    }

    /** Answers what could not be decoded, and ends the connection. */
    void malformed(Call call, CallMeters.Operation timed) {
        HttpServerRequest request = call.request();
        Refusal.BadHead refusal = BadHeads.of(request.decoderResult().cause());
        timed.ended(refusal.status(), 0);
        Answer answer = Problems.of(refusal, "", call.correlation());
        HttpServerResponse response = request.response()
                .setStatusCode(answer.status())
                .putHeader(CORRELATION, call.correlation())
                .putHeader(SNIFFING, NO_SNIFFING)
                .putHeader(HttpHeaders.CACHE_CONTROL, NOT_KEPT)
                .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                .putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType());
        answer.headers().forEach(response::putHeader);
        response.end(answer.body()).onComplete(sent -> request.connection().close());
    }

    private void fail(Call call, Throwable failure, CallMeters.Operation timed, long begin) {
        String path = call.request().path();
        if (failure instanceof RefusedException refused) {
            send(call, Problems.of(refused.refusal(), path, call.correlation()), timed, begin);
        } else if (failure instanceof HttpClosedException || failure instanceof StreamResetException) {
            timed.ended(499, System.nanoTime() - begin);
        } else if (Outages.is(failure)) {
            LOG.debug("call.unavailable correlation={} failure={}", call.correlation(), failure.toString());
            Refusal refusal = new Refusal.Unavailable("a part that is needed for this does not answer now", 2);
            send(call, Problems.of(refusal, path, call.correlation()), timed, begin);
        } else {
            LOG.error("call.bug correlation={} path={}", call.correlation(), path, failure);
            send(call, Problems.bug(path, call.correlation()), timed, begin);
        }
    }

    private void send(Call call, Answer answer, CallMeters.Operation timed, long begin) {
        HttpServerRequest request = call.request();
        HttpServerResponse response = request.response();
        timed.ended(answer.status(), System.nanoTime() - begin);
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(answer.status())
                .putHeader(CORRELATION, call.correlation())
                .putHeader(SNIFFING, NO_SNIFFING);
        answer.headers().forEach(response::putHeader);
        if (!response.headers().contains(HttpHeaders.CACHE_CONTROL)) {
            response.putHeader(HttpHeaders.CACHE_CONTROL, NOT_KEPT);
        }
        if (!request.isEnded() && hasBody(request) && request.version() != HttpVersion.HTTP_2) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            LeftBody.drop(vertx, request);
        }
        if (!answer.contentType().isEmpty()) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType());
        }
        Future<Void> sent = answer.contentType().isEmpty() ? response.end() : response.end(answer.body());
        if (request.version() == HttpVersion.HTTP_2) {
            watch(request, answer.body().length(), sent);
            sent.onSuccess(written -> LeftBody.drop(vertx, request));
        }
    }

    /**
     * On HTTP/2 an answer waits for the client's window, where {@link DoorGuard} does not see it: the same deadline and the
     * same budget, and the stream ends.
     */
    private void watch(HttpServerRequest request, int bytes, Future<Void> sent) {
        if (sent.isComplete()) {
            return;
        }
        if (door.meters().unread(bytes) > door.settings().maxUnreadBytes()) {
            end(request, Reason.UNREAD);
        }
        long timer = vertx.setTimer(door.settings().answerTimeoutMillis(), late -> end(request, Reason.SLOW_READER));
        sent.onComplete(done -> {
            vertx.cancelTimer(timer);
            door.meters().unread(-bytes);
        });
    }

    private void end(HttpServerRequest request, Reason reason) {
        door.meters().turnedAway(reason);
        request.response().reset(CANCEL);
    }

    /** Whether a body follows the head (RFC 9112 6); the end of a request without one is told a moment later. */
    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? request.headers().contains(HttpHeaders.TRANSFER_ENCODING) : !length.equals("0");
    }
}
