package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
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
    private final ByteBudget budget;

    /**
     * Reads bodies.
     *
     * @param budget what all bodies may take, from their first byte until their call is answered
     */
    public ReadBody(Vertx vertx, WeirSettings.Http settings, ByteBudget budget) {
        this.vertx = vertx;
        this.settings = settings;
        this.budget = budget;
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
        int room = (int) Math.min(announced, FIRST_BYTES);
        Held held = new Held(call.caller().tenant());
        if (!held.more(room)) {
            return refused(full());
        }
        request.response().endHandler(answered -> held.end());
        if (request.headers().contains(HttpHeaders.EXPECT)) {
            request.response().writeContinue();
        }
        return read(request, Buffer.buffer(room), held).map(call::read);
    }

    @Override
    public boolean readsBody() {
        return true;
    }

    private Future<Buffer> read(HttpServerRequest request, Buffer body, Held held) {
        Promise<Buffer> whole = Promise.promise();
        long timer = vertx.setTimer(
                settings.bodyTimeoutMillis(),
                late -> whole.tryFail(new RefusedException(new Refusal.TooSlow(
                        "the body was not complete within " + settings.bodyTimeoutMillis() + " ms"))));
        request.handler(chunk -> {
            if (body.length() + chunk.length() > settings.maxBodyBytes()) {
                request.handler(ignored -> {});
                whole.tryFail(new RefusedException(cap()));
            } else if (!held.upTo(body.length() + chunk.length())) {
                request.handler(ignored -> {});
                whole.tryFail(new RefusedException(full()));
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.exceptionHandler(whole::tryFail);
        request.endHandler(end -> whole.tryComplete(body));
        request.resume();
        return whole.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /** The part of the budget that one body has, given back when its call was answered or its connection ended. */
    private final class Held {
        private final TenantId tenant;
        private long bytes;
        private boolean ended;

        private Held(TenantId tenant) {
            this.tenant = tenant;
        }

        private boolean upTo(long length) {
            return length <= bytes || more(length - bytes);
        }

        private boolean more(long wanted) {
            if (ended || !budget.take(tenant, wanted)) {
                return false;
            }
            bytes += wanted;
            return true;
        }

        private void end() {
            ended = true;
            budget.give(tenant, bytes);
            bytes = 0;
        }
    }

    private static Refusal full() {
        return new Refusal.Unavailable("as much as fits is being read; nothing of the request was taken", 1);
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
