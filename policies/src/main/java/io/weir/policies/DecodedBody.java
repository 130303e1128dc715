package io.weir.policies;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import org.jspecify.annotations.Nullable;

/**
 * A request's body without its content coding, slice by slice, on demand: the socket is read only when all that came before is
 * decoded and taken, so a body of any length inflates into one slice of memory.
 *
 * <p>What it may inflate to is bounded by credit: each compressed byte brings {@code maxRatio} bytes, at most those of
 * {@value #WINDOW} compressed bytes are kept, and {@value #FREE} are free. So a body of any length may not hide a bomb behind what
 * compresses badly. Not more than {@value #TURN} bytes are decoded before other calls of the event loop have their turn.
 */
final class DecodedBody implements ReadStream<Buffer> {
    private static final int SLICE = 1 << 15;
    private static final int TURN = 1 << 18;
    private static final long FREE = 1 << 16;
    /** As much as zstd may have to see before it can give anything: its largest block. */
    private static final long WINDOW = 1 << 17;

    private final HttpServerRequest request;
    private final Decoder decoder;
    private final Runnable closing;
    private final int maxRatio;
    private final Context context;
    private final byte[] slice = new byte[SLICE];
    private long credit = FREE;
    private long demand;
    private boolean asked;
    private boolean whole;
    private boolean pumping;
    private boolean closed;
    private @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;
    private @Nullable Handler<Throwable> exceptionHandler;

    DecodedBody(HttpServerRequest request, Decoder decoder, Runnable closing, int maxRatio, Context context) {
        this.request = request;
        this.decoder = decoder;
        this.closing = closing;
        this.maxRatio = maxRatio;
        this.context = context;
        request.pause();
        request.handler(this::arrived);
        request.endHandler(end -> {
            whole = true;
            pump();
        });
        request.exceptionHandler(this::fail);
    }

    /** Decodes no more; what is left of the request is dropped until somebody else takes it. */
    void close() {
        if (!closed) {
            closed = true;
            decoder.close();
            closing.run();
            if (!whole) {
                request.handler(dropped -> {});
                request.resume();
            }
        }
    }

    @Override
    public DecodedBody handler(@Nullable Handler<Buffer> to) {
        handler = to;
        return this;
    }

    @Override
    public DecodedBody endHandler(@Nullable Handler<Void> to) {
        endHandler = to;
        return this;
    }

    @Override
    public DecodedBody exceptionHandler(@Nullable Handler<Throwable> to) {
        exceptionHandler = to;
        return this;
    }

    @Override
    public DecodedBody pause() {
        demand = 0;
        return this;
    }

    @Override
    public DecodedBody resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public DecodedBody fetch(long amount) {
        demand = demand > Long.MAX_VALUE - amount ? Long.MAX_VALUE : demand + amount;
        pump();
        return this;
    }

    private void arrived(Buffer piece) {
        if (closed) {
            return;
        }
        asked = false;
        credit = Math.min(credit + (long) maxRatio * piece.length(), Math.max(FREE, maxRatio * WINDOW));
        decoder.give(piece.getBytes());
        pump();
    }

    /** Gives slices while they are wanted and there are any, then asks the socket for more. */
    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            for (int turn = 0; demand > 0 && !closed; ) {
                int bytes = decoder.read(slice);
                if (bytes == 0) {
                    more();
                    return;
                }
                credit -= bytes;
                if (credit < 0) {
                    fail(new RefusedException(new Refusal.TooLarge(
                            "the body inflates to more than " + maxRatio + " times what was sent")));
                    return;
                }
                give(Buffer.buffer(bytes).appendBytes(slice, 0, bytes));
                turn += bytes;
                if (turn >= TURN) {
                    context.runOnContext(next -> pump());
                    return;
                }
            }
        } catch (Decoder.Malformed e) {
            fail(new RefusedException(new Refusal.Unreadable(String.valueOf(e.getMessage()))));
        } finally {
            pumping = false;
        }
    }

    private void give(Buffer decoded) {
        if (demand != Long.MAX_VALUE) {
            demand--;
        }
        if (handler != null) {
            handler.handle(decoded);
        }
    }

    private void more() throws Decoder.Malformed {
        if (!whole) {
            if (!asked) {
                asked = true;
                request.fetch(1);
            }
            return;
        }
        decoder.end();
        close();
        if (endHandler != null) {
            endHandler.handle(null);
        }
    }

    private void fail(Throwable failure) {
        if (!closed) {
            close();
            if (exceptionHandler != null) {
                exceptionHandler.handle(failure);
            }
        }
    }
}
