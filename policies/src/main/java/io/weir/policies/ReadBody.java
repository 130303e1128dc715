package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.util.List;

/**
 * Reads the whole body, up to its cap and its deadline, once the head has been admitted: a caller that waits for
 * {@code 100 Continue} uploads nothing before that.
 */
public final class ReadBody implements Policy {
    /** Room made on a caller's word alone. */
    private static final int FIRST_BYTES = 1 << 16;

    private final Vertx vertx;
    private final WeirSettings.Http settings;

    public ReadBody(Vertx vertx, WeirSettings.Http settings) {
        this.vertx = vertx;
        this.settings = settings;
    }

    @Override
    public Future<Call> admit(Call call) {
        HttpServerRequest request = call.request();
        String coding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (coding != null && !"identity".equalsIgnoreCase(coding)) {
            return refused(new Refusal.UnsupportedMediaType("Content-Encoding " + coding, List.of("identity"), true));
        }
        long announced = announced(request);
        if (announced > settings.maxBodyBytes()) {
            return tooLarge();
        }
        if (request.headers().contains(HttpHeaders.EXPECT, "100-continue", true)) {
            request.response().writeContinue();
        }
        return read(request, Buffer.buffer((int) Math.min(announced, FIRST_BYTES)))
                .map(call::read);
    }

    @Override
    public boolean readsBody() {
        return true;
    }

    private Future<Buffer> read(HttpServerRequest request, Buffer body) {
        Promise<Buffer> whole = Promise.promise();
        long timer = vertx.setTimer(
                settings.bodyTimeoutMillis(),
                late -> whole.tryFail(new RefusedException(new Refusal.TooSlow(
                        "the body was not complete within " + settings.bodyTimeoutMillis() + " ms"))));
        request.handler(chunk -> {
            if (body.length() + chunk.length() > settings.maxBodyBytes()) {
                request.handler(ignored -> {});
                whole.tryFail(new RefusedException(cap()));
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.exceptionHandler(failure -> whole.tryFail(Broken.body(failure)));
        request.endHandler(end -> whole.tryComplete(body));
        request.resume();
        return whole.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null) {
            return 0;
        }
        try {
            return Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private Future<Call> tooLarge() {
        return refused(cap());
    }

    private Refusal cap() {
        return new Refusal.TooLarge("a body may have " + settings.maxBodyBytes() + " bytes");
    }

    private static Future<Call> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
