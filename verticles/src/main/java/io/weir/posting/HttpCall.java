package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request with one deadline for all of it: connecting, sending, and the last byte of the answer, so that a
 * server that drips is cut off too. It knows whether anything was sent, which is what makes a failure ambiguous.
 */
final class HttpCall {
    private final long deadlineMillis;
    private final int maxResponseBytes;
    private volatile boolean over;
    private volatile @Nullable HttpClientRequest sent;

    HttpCall(long deadlineMillis, int maxResponseBytes) {
        this.deadlineMillis = deadlineMillis;
        this.maxResponseBytes = maxResponseBytes;
    }

    Future<HttpAnswer> make(HttpClient http, RequestOptions options, @Nullable Buffer body) {
        return http.request(options)
                .compose(request -> send(request, body))
                .timeout(deadlineMillis, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.succeededFuture(failed(failure)));
    }

    private Future<HttpAnswer> send(HttpClientRequest request, @Nullable Buffer body) {
        if (over) {
            request.reset();
            return Future.failedFuture("the deadline passed while connecting");
        }
        sent = request;
        Future<HttpClientResponse> response = body == null ? request.send() : request.send(body);
        return response.compose(this::read);
    }

    private Future<HttpAnswer> read(HttpClientResponse response) {
        Buffer kept = Buffer.buffer();
        response.handler(some -> kept.appendBuffer(some, 0, Math.min(some.length(), maxResponseBytes - kept.length())));
        return response.end()
                .map(end -> new HttpAnswer.Complete(
                        response.statusCode(), response.getHeader("Location"), kept.toString()));
    }

    private HttpAnswer failed(Throwable failure) {
        over = true;
        HttpClientRequest request = sent;
        String detail = failure.getClass().getSimpleName() + ": " + failure.getMessage();
        if (request == null) {
            return new HttpAnswer.Unreached(detail);
        }
        request.reset();
        return new HttpAnswer.Lost(detail);
    }
}
