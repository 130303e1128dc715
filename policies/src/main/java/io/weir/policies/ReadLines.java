package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.util.Locale;

/**
 * Reads a body of lines. One that ends soon, within the caps of a batch, is read whole, and then is a batch like any other; one that
 * does not is passed on as a stream, and so is every one of a caller that accepts lines. Any other body is read as
 * {@link ReadBody} reads it, and so are lines of which all or none are to be taken: of a stream the first are taken before the last
 * are seen.
 */
public final class ReadLines implements Policy {
    private final Vertx vertx;
    private final WeirSettings settings;
    private final Codings codings;
    private final Throttle throttle;
    private final ReadBody whole;
    private final ByteBudget budget;

    public ReadLines(
            Vertx vertx, WeirSettings settings, Codings codings, Throttle throttle, ReadBody whole, ByteBudget budget) {
        this.vertx = vertx;
        this.settings = settings;
        this.codings = codings;
        this.throttle = throttle;
        this.whole = whole;
        this.budget = budget;
    }

    @Override
    public Future<Call> admit(Call call) {
        HttpServerRequest request = call.request();
        String media = MediaTypes.essence(request.getHeader(HttpHeaders.CONTENT_TYPE));
        if (!media.equals(MediaTypes.EVENT_LINES) || call.prefers("handling=strict")) {
            return whole.admit(call);
        }
        try {
            return begin(call, request);
        } catch (RefusedException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<Call> begin(Call call, HttpServerRequest request) {
        Coding coding = Codings.of(request);
        if (coding == null) {
            ReadBody.goOn(request);
            return read(call, request, () -> {});
        }
        DecodedBody decoded = codings.decoded(request, coding, vertx.getOrCreateContext());
        ReadBody.goOn(request);
        return read(call, decoded, decoded::close);
    }

    @Override
    public boolean readsBody() {
        return true;
    }

    private Future<Call> read(Call call, ReadStream<Buffer> source, Runnable close) {
        Beginning beginning = new Beginning(call, source, close);
        String accepted = call.request().getHeader(HttpHeaders.ACCEPT);
        if (accepted != null && accepted.toLowerCase(Locale.ROOT).contains(MediaTypes.EVENT_LINES)) {
            beginning.open();
        } else {
            beginning.read();
        }
        return beginning.promise.future();
    }

    /** The beginning of a body, of which it is not known yet whether it is all. */
    private final class Beginning {
        private final Call call;
        private final ReadStream<Buffer> source;
        private final Runnable close;
        private final Promise<Call> promise = Promise.promise();
        private final Buffer begun = Buffer.buffer();
        private final ByteBudget.Held held;
        private int lines;
        private long timer = -1;

        Beginning(Call call, ReadStream<Buffer> source, Runnable close) {
            this.call = call;
            this.source = source;
            this.close = close;
            this.held = budget.of(call.caller().tenant());
        }

        void read() {
            call.request().response().bodyEndHandler(answered -> held.end()).closeHandler(gone -> held.end());
            timer = vertx.setTimer(settings.streams().wholeMillis(), late -> open());
            source.handler(this::arrived);
            source.exceptionHandler(failure -> {
                vertx.cancelTimer(timer);
                close.run();
                promise.tryFail(Broken.body(failure));
            });
            source.endHandler(end -> {
                vertx.cancelTimer(timer);
                close.run();
                ended();
            });
            source.resume();
        }

        /** It was all: paid for at once, or refused. */
        private void ended() {
            Throttle.Taking taking = throttle.take(call.caller(), 0, begun.length());
            if (taking.taken()) {
                promise.tryComplete(call.read(begun));
            } else {
                int seconds = (int) Math.clamp(Math.ceilDiv(taking.waitMillis(), 1_000), 1, Integer.MAX_VALUE);
                promise.tryFail(new RefusedException(new Refusal.Throttled(taking.violated(), seconds)));
            }
        }

        private void arrived(Buffer piece) {
            if (!held.upTo(begun.length() + piece.length())) {
                vertx.cancelTimer(timer);
                source.handler(dropped -> {});
                close.run();
                promise.tryFail(new RefusedException(ReadBody.full()));
                return;
            }
            begun.appendBuffer(piece);
            for (int i = 0; i < piece.length(); i++) {
                if (piece.getByte(i) == '\n') {
                    lines++;
                }
            }
            // Without an end of line, one more event may stand in the last one.
            if (lines >= settings.ingest().maxBatchEvents()
                    || begun.length() > settings.http().maxBodyBytes()) {
                open();
            }
        }

        void open() {
            vertx.cancelTimer(timer);
            if (promise.future().isComplete()) {
                return;
            }
            source.pause();
            promise.complete(call.open(new OpenBody(begun, source, close, held::end)));
        }
    }
}
