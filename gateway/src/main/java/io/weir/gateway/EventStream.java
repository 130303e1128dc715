package io.weir.gateway;

import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.policies.Call;
import io.weir.policies.EventBatch;
import io.weir.policies.Lines;
import io.weir.policies.OpenBody;
import io.weir.policies.Throttle;
import io.weir.schemas.Receipt;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of events: lines are read, checked, paid for and sent to the log piece by piece, and answered while more come.
 *
 * <p>Everything happens on the request's event loop. One piece at a time is checked and waits for its tokens, so that order is kept;
 * those sent to the log are under way together, and settle in their order. Nothing is read from the socket while a piece waits,
 * while {@code streams.maxInFlightEvents} or {@code streams.maxInFlightBytes} are under way, or while the caller does not read its
 * receipts: so a stream of any length holds a bounded piece of memory, and TCP tells the caller to wait.
 *
 * <p>It ends with the body; or before, with a problem in its last line, when the body cannot be read on, no byte comes for
 * {@code streams.gapMillis}, tokens or room in the log do not come within {@code streams.waitMillis}, the log fails, the credential
 * is no longer good (asked again each {@code streams.tickMillis}), or the node drains. What the lines say is settled is durable;
 * events behind {@code through} may be in the log as well, and are duplicates when they are sent again.
 */
final class EventStream {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final CharSequence LINES = HttpHeaders.createOptimized("application/x-ndjson");
    /** What HTTP/2 calls the end of a stream that is not needed any more (RFC 9113 7). */
    private static final long CANCEL = 8;

    private static final long RETRY_MILLIS = 50;

    private final StreamTools tools;
    private final WeirSettings.Streams settings;
    private final Vertx vertx;
    private final Context context;
    private final OpenBody body;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final boolean recorded;
    private final boolean all;
    private final Lines lines;
    private final EventLines answer = new EventLines();
    private final ArrayDeque<Piece> underWay = new ArrayDeque<>();
    private final Promise<Answer> done = Promise.promise();
    private Call call;
    private long eventsUnderWay;
    private long bytesUnderWay;
    private long lastByteNanos;
    private long lastReadNanos;
    private long told;
    private long timer;
    private boolean askAgain;
    private boolean busy;
    private boolean paused = true;
    private boolean whole;
    private boolean over;
    private @Nullable Refusal refusal;

    EventStream(StreamTools tools, Call call, OpenBody body, boolean recorded) {
        this.tools = tools;
        this.settings = tools.settings();
        this.vertx = tools.vertx();
        this.context = Vertx.currentContext();
        this.call = call;
        this.body = body;
        this.request = call.request();
        this.response = request.response();
        this.recorded = recorded;
        this.all = call.prefers("return=representation");
        this.lines = new Lines(tools.maxEventBytes());
    }

    /** Events that were sent to the log together. */
    private static final class Piece {
        private final int events;
        private final long bytes;
        private @Nullable List<Receipt> receipts;
        private @Nullable Throwable failure;

        Piece(int events, long bytes) {
            this.events = events;
            this.bytes = bytes;
        }
    }

    /** Reads, takes and answers it all; the answer is written when the result is there. */
    Future<Answer> run() {
        response.setStatusCode(207)
                .setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, LINES)
                .putHeader(Exchange.CORRELATION, call.correlation())
                .putHeader(Exchange.SNIFFING, Exchange.NO_SNIFFING)
                .putHeader(HttpHeaders.CACHE_CONTROL, Exchange.NOT_KEPT);
        if (all) {
            response.putHeader("Preference-Applied", "return=representation");
        }
        response.writeHead();
        response.drainHandler(read -> advance());
        lastByteNanos = lastReadNanos = tools.nanos().getAsLong();
        timer = vertx.setPeriodic(settings.tickMillis(), tick -> tick());
        body.rest().exceptionHandler(this::broken);
        body.rest().handler(this::arrived);
        body.rest().endHandler(end -> {
            whole = true;
            lines.end();
            advance();
        });
        arrived(body.begun());
        return done.future();
    }

    /** Ends it, with a last line; from any thread. */
    void drain() {
        context.runOnContext(now -> end(new Refusal.Unavailable("this node stops: send what follows to another", 1)));
    }

    private void arrived(Buffer bytes) {
        if (!over && refusal == null) {
            lastByteNanos = tools.nanos().getAsLong();
            lines.add(bytes.getBytes());
            advance();
        }
    }

    private void broken(Throwable failure) {
        if (failure instanceof RefusedException refused) {
            end(refused.refusal());
        } else {
            close(OpenStreams.Outcome.ABORTED);
        }
    }

    /** Does what can be done now: the one place that decides what is next. */
    private void advance() {
        if (over) {
            return;
        }
        if (!busy && refusal == null && lines.count() > 0 && room() && worthwhile()) {
            take();
        }
        if (!busy && underWay.isEmpty() && (refusal != null || whole && lines.count() == 0)) {
            finish();
            return;
        }
        boolean pause = busy || refusal != null || !room() || lines.count() >= settings.pieceEvents();
        if (!response.writeQueueFull()) {
            lastReadNanos = tools.nanos().getAsLong();
        }
        if (pause != paused && !whole) {
            paused = pause;
            if (pause) {
                body.rest().pause();
            } else {
                lastByteNanos = tools.nanos().getAsLong();
                body.rest().resume();
            }
        }
    }

    private boolean room() {
        return eventsUnderWay < settings.maxInFlightEvents()
                && bytesUnderWay < settings.maxInFlightBytes()
                && !response.writeQueueFull();
    }

    /** While something is under way small pieces wait for each other. */
    private boolean worthwhile() {
        return whole
                || underWay.isEmpty()
                || lines.count() >= settings.pieceEvents()
                || lines.bytes() >= settings.pieceBytes();
    }

    private void take() {
        busy = true;
        List<byte[]> piece = lines.take(settings.pieceEvents());
        if (lines.bytes() <= settings.pieceBytes()) {
            body.taken().run();
        }
        long read = 0;
        for (byte[] line : piece) {
            read += line.length;
        }
        long bytes = read;
        Call now = call.at(tools.clock().instant());
        (askAgain ? tools.again().admit(now) : Future.succeededFuture(now))
                .compose(known -> {
                    askAgain = false;
                    call = known;
                    return tools.checks().lines(known, piece);
                })
                .onComplete(checked -> {
                    if (checked.succeeded()) {
                        pay(checked.result(), bytes, tools.nanos().getAsLong());
                    } else {
                        busy = false;
                        end(refusal(checked.cause()));
                    }
                });
    }

    /**
     * Waits for room in the log and for tokens, then sends. Bytes are paid for by all lines, good or not: checking them is not to be
     * had for nothing.
     */
    private void pay(EventBatch batch, long read, long since) {
        if (over || refusal != null) {
            busy = false;
            advance();
            return;
        }
        long bytes = 0;
        for (var event : batch.events()) {
            bytes += event.json().length;
        }
        boolean full = !tools.log()
                .hasRoom(call.caller().tenant(), bytes, batch.events().size());
        Throttle.Taking taking = full
                ? FULL
                : tools.throttle().take(call.caller(), batch.events().size(), read);
        if (taking.taken()) {
            send(batch, bytes);
            context.runOnContext(othersHadTheirTurn -> {
                busy = false;
                advance();
            });
            return;
        }
        long waited = (tools.nanos().getAsLong() - since) / 1_000_000;
        if (waited + taking.waitMillis() > settings.waitMillis()) {
            busy = false;
            int seconds = (int) Math.clamp(Math.ceilDiv(taking.waitMillis(), 1_000), 1, 86_400);
            end(full ? TOO_MANY : new Refusal.Throttled(taking.violated(), seconds));
            return;
        }
        vertx.setTimer(Math.max(1, taking.waitMillis()), later -> pay(batch, read, since));
    }

    private static final Throttle.Taking FULL = new Throttle.Taking(RETRY_MILLIS, List.of("log"));
    private static final Refusal TOO_MANY = new Refusal.Unavailable("too many events are on their way into the log", 1);

    private void send(EventBatch batch, long bytes) {
        Piece piece = new Piece(batch.size(), bytes);
        underWay.add(piece);
        eventsUnderWay += piece.events;
        bytesUnderWay += bytes;
        tools.ingest().part(call, batch, recorded, all).onComplete(settled -> {
            piece.receipts = settled.succeeded() ? settled.result() : List.of();
            piece.failure = settled.cause();
            settle();
            advance();
        });
    }

    /** Answers the pieces that are settled, in their order. */
    private void settle() {
        for (Piece piece = underWay.peek(); piece != null && piece.receipts != null; piece = underWay.peek()) {
            underWay.remove();
            eventsUnderWay -= piece.events;
            bytesUnderWay -= piece.bytes;
            if (over) {
                continue;
            }
            if (piece.failure != null) {
                end(refusal(piece.failure));
                // What was sent after it is not told of: nothing is claimed beyond the first that failed.
                underWay.clear();
                return;
            }
            write(piece, piece.receipts);
        }
    }

    private void write(Piece piece, List<Receipt> receipts) {
        Buffer told = Buffer.buffer();
        for (Receipt receipt : receipts) {
            if (all || !EventsBody.plain(receipt)) {
                told.appendBuffer(EventLines.line(EventsBody.item(receipt, answer.through())));
            }
        }
        answer.settle(piece.events, receipts);
        tools.streams().settled(piece.events);
        if (told.length() > 0) {
            response.write(told);
        }
    }

    private void tick() {
        long now = tools.nanos().getAsLong();
        askAgain = true;
        if (response.writeQueueFull()) {
            if (now - lastReadNanos > settings.readMillis() * 1_000_000L) {
                close(OpenStreams.Outcome.UNREAD);
            }
            return;
        }
        lastReadNanos = now;
        if (answer.through() > told) {
            told = answer.through();
            response.write(EventLines.line(answer.progress()));
        }
        if (!paused && !whole && now - lastByteNanos > settings.gapMillis() * 1_000_000L) {
            end(new Refusal.TooSlow("nothing came for " + settings.gapMillis() + " ms"));
        }
    }

    private Refusal refusal(Throwable failure) {
        if (failure instanceof RefusedException refused) {
            return refused.refusal();
        }
        if (!Outages.is(failure)) {
            LOG.error("stream.bug correlation={}", call.correlation(), failure);
        }
        return new Refusal.Unavailable("a part that is needed for this does not answer now", 2);
    }

    /** Takes nothing more; the last line comes when what is under way is settled. */
    private void end(Refusal why) {
        if (!over && refusal == null) {
            refusal = why;
            advance();
        }
    }

    private void finish() {
        leave(refusal == null ? OpenStreams.Outcome.COMPLETE : OpenStreams.Outcome.REFUSED);
        Buffer last = EventLines.line(answer.last(refusal, request.path(), call.correlation()));
        response.end(last).onComplete(written -> {
            if (!whole) {
                LeftBody.drop(vertx, request);
            }
        });
        done.complete(Answer.empty(207));
    }

    /** The caller is gone, or does not listen: nobody is left to answer. */
    private void close(OpenStreams.Outcome outcome) {
        if (!over) {
            leave(outcome);
            if (request.version() == HttpVersion.HTTP_2) {
                response.reset(CANCEL);
            } else if (request.connection() instanceof ConnectionBase connection) {
                // Vert.x' own close first waits until all is written that nobody reads.
                Channel channel = connection.channel();
                channel.unsafe().close(channel.newPromise());
            }
            done.fail(new HttpClosedException("the stream was closed: " + outcome));
        }
    }

    private void leave(OpenStreams.Outcome outcome) {
        over = true;
        vertx.cancelTimer(timer);
        body.close().run();
        tools.streams().leave(this, outcome);
    }
}
