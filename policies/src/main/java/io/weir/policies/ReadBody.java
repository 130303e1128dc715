package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import io.weir.schemas.Caller;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import org.jspecify.annotations.Nullable;

/**
 * Reads the whole body, without its content coding, up to its cap and its deadline, once the head has been admitted: a caller
 * that waits for {@code 100 Continue} uploads nothing before that.
 */
public final class ReadBody implements Policy {
    /** Room made on a caller's word alone. */
    private static final int FIRST_BYTES = 1 << 16;

    private final Vertx vertx;
    private final WeirSettings.Http settings;
    private final Codings codings;
    private final Throttle throttle;
    private final ByteBudget budget;

    /**
     * Reads bodies.
     *
     * @param budget what all bodies may take, from their first byte until their call is answered
     */
    public ReadBody(Vertx vertx, WeirSettings.Http settings, Codings codings, Throttle throttle, ByteBudget budget) {
        this.vertx = vertx;
        this.settings = settings;
        this.codings = codings;
        this.throttle = throttle;
        this.budget = budget;
    }

    @Override
    public Future<Call> admit(Call call) {
        try {
            return read(call);
        } catch (RefusedException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<Call> read(Call call) {
        HttpServerRequest request = call.request();
        Coding coding = Codings.of(request);
        long announced = announced(request);
        if (announced > settings.maxBodyBytes()) {
            return Future.failedFuture(new RefusedException(cap()));
        }
        int room = (int) Math.min(announced, FIRST_BYTES);
        ByteBudget.Held held = budget.of(call.caller().tenant());
        if (!held.more(room)) {
            return Future.failedFuture(new RefusedException(full()));
        }
        request.response().bodyEndHandler(answered -> held.end()).closeHandler(gone -> held.end());
        Caller charged = Throttle.paidAhead(request) ? null : call.knownCaller();
        if (coding == null) {
            goOn(request);
            return read(request, Buffer.buffer(room), held, charged).map(call::read);
        }
        DecodedBody decoded = codings.decoded(request, coding, vertx.getOrCreateContext());
        goOn(request);
        return read(decoded, Buffer.buffer(room), held, charged)
                .onComplete(done -> decoded.close())
                .map(call::read);
    }

    /** Tells a caller that waits for it to send the body. */
    static void goOn(HttpServerRequest request) {
        if (request.headers().contains(HttpHeaders.EXPECT, "100-continue", true)) {
            request.response().writeContinue();
        }
    }

    @Override
    public boolean readsBody() {
        return true;
    }

    /** Reads; a caller whose bytes were not charged by their announced number is charged for them as they come. */
    private Future<Buffer> read(
            ReadStream<Buffer> source, Buffer body, ByteBudget.Held held, @Nullable Caller charged) {
        Promise<Buffer> whole = Promise.promise();
        long timer = vertx.setTimer(
                settings.bodyTimeoutMillis(),
                late -> whole.tryFail(new RefusedException(new Refusal.TooSlow(
                        "the body was not complete within " + settings.bodyTimeoutMillis() + " ms"))));
        source.handler(chunk -> {
            if (body.length() + chunk.length() > settings.maxBodyBytes()) {
                source.handler(ignored -> {});
                whole.tryFail(new RefusedException(cap()));
            } else if (!held.upTo(body.length() + chunk.length())) {
                source.handler(ignored -> {});
                whole.tryFail(new RefusedException(full()));
            } else {
                body.appendBuffer(chunk);
                if (charged != null) {
                    charge(source, charged, chunk.length(), false);
                }
            }
        });
        source.exceptionHandler(failure -> whole.tryFail(Broken.body(failure)));
        source.endHandler(end -> whole.tryComplete(body));
        source.resume();
        return whole.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    static Refusal full() {
        return new Refusal.Unavailable("as much as fits is being read; nothing of the request was taken", 1);
    }

    /** Charges for what has come; while there are no tokens for it, no more is read. The body's deadline bounds the wait. */
    private void charge(ReadStream<Buffer> source, Caller caller, int bytes, boolean paused) {
        Throttle.Taking taking = throttle.take(caller, 0, bytes);
        if (taking.taken()) {
            if (paused) {
                source.resume();
            }
            return;
        }
        if (!paused) {
            source.pause();
        }
        vertx.setTimer(
                Math.min(taking.waitMillis(), settings.bodyTimeoutMillis()),
                again -> charge(source, caller, bytes, true));
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

    private Refusal cap() {
        return new Refusal.TooLarge("a body may have " + settings.maxBodyBytes() + " bytes");
    }
}
