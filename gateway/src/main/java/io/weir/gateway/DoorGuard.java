package io.weir.gateway;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.impl.Http1xOrH2CHandler;
import io.weir.gateway.DoorMeters.Reason;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection from its accepting to its end, next to the socket.
 *
 * <ul>
 *   <li>Until a request has begun (with TLS: until the handshake is done and one has), it has
 *       {@code door.headTimeoutMillis}; then {@link DoorDecoder} or {@link DoorFrames} count.
 *   <li>An answer that lies in the socket's queue: the piece at its head must be taken within
 *       {@code door.answerTimeoutMillis}, however it trickles. What waits on all connections together is at most
 *       {@code door.maxUnreadBytes}; the connection that would pass it is closed. A connection whose answers are taken at
 *       once never comes here: nothing is counted, no timer is set.
 *   <li>Where nothing came and nothing went for {@code http.idleTimeoutSeconds}, Vert.x is told, and closes it. Looked at a few
 *       times within that span; Netty's own handler asks the clock three times a request.
 *   <li>A close sends what was written before it, so that a last answer is not lost. Where what the client goes on sending
 *       was not read, it is read and dropped for a moment: closing over unread bytes would reset the connection, and the
 *       reset overtakes the answer.
 * </ul>
 */
final class DoorGuard extends ChannelDuplexHandler {
    private static final int DROPPED_BYTES = 1 << 20;
    private static final long DROP_MILLIS = 1_000;
    private static final long LOOKS = 4;
    private static final int IDLE_LOOKS = 10;

    private final Door door;
    private @Nullable ScheduledFuture<?> silence;
    private @Nullable ScheduledFuture<?> look;
    private @Nullable ScheduledFuture<?> idle;
    private boolean moved;
    private int still;
    private @Nullable Object first;
    private long firstSince;
    private long counted;
    private boolean begun;
    private boolean lingers;
    private @Nullable ChannelPromise closing;
    private int dropped;

    DoorGuard(Door door) {
        this.door = door;
    }

    /** The next close lets the client finish: it was refused in the middle of what it sends. */
    void linger() {
        lingers = true;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        silence = ctx.executor()
                .schedule(
                        () -> turnAway(ctx, Reason.SILENT), door.settings().headTimeoutMillis(), TimeUnit.MILLISECONDS);
        long between = TimeUnit.SECONDS.toMillis(door.idleTimeoutSeconds()) / IDLE_LOOKS;
        idle = ctx.executor().scheduleWithFixedDelay(() -> idle(ctx), between, between, TimeUnit.MILLISECONDS);
        ctx.fireChannelActive();
    }

    /** An answer that lies untaken has a deadline of its own. */
    private void idle(ChannelHandlerContext ctx) {
        still = moved || counted > 0 ? 0 : still + 1;
        moved = false;
        if (still >= IDLE_LOOKS) {
            still = 0;
            ctx.pipeline().fireUserEventTriggered(IdleStateEvent.ALL_IDLE_STATE_EVENT);
        }
    }

    /** A request begins: its decoder counts from here. */
    void requestBegins() {
        if (silence != null) {
            silence.cancel(false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (closing != null) {
            drop(ctx, bytes);
            return;
        }
        moved = true;
        if (!begun) {
            begun = true;
            behindTlsAndDetection(ctx.pipeline());
        }
        ctx.fireChannelRead(bytes);
    }

    /** Puts the switch where the first plain bytes of a known protocol come by: behind all that only finds it out. */
    private void behindTlsAndDetection(ChannelPipeline pipeline) {
        String last = "door";
        for (Map.Entry<String, io.netty.channel.ChannelHandler> handler : pipeline) {
            if (handler.getValue() instanceof SslHandler
                    || handler.getValue() instanceof AbstractSniHandler
                    || handler.getValue() instanceof Http1xOrH2CHandler) {
                last = handler.getKey();
            }
        }
        pipeline.addAfter(last, "door-switch", new DoorSwitch(door, this));
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        moved = true;
        ctx.flush();
        long waiting = waiting(ctx);
        if (waiting > 0 || counted > 0) {
            untaken(ctx, waiting);
        }
    }

    private static long waiting(ChannelHandlerContext ctx) {
        ChannelOutboundBuffer queue = ctx.channel().unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }

    private void untaken(ChannelHandlerContext ctx, long waiting) {
        long all = door.meters().unread(waiting - counted);
        counted = waiting;
        ChannelOutboundBuffer queue = ctx.channel().unsafe().outboundBuffer();
        if (waiting == 0 || queue == null) {
            first = null;
            return;
        }
        if (all > door.settings().maxUnreadBytes()) {
            turnAway(ctx, Reason.UNREAD);
            return;
        }
        long now = System.nanoTime();
        if (queue.current() != first) {
            first = queue.current();
            firstSince = now;
        } else if (now - firstSince
                > TimeUnit.MILLISECONDS.toNanos(door.settings().answerTimeoutMillis())) {
            turnAway(ctx, Reason.SLOW_READER);
            return;
        }
        if (look == null) {
            look = ctx.executor()
                    .schedule(
                            () -> look(ctx), door.settings().answerTimeoutMillis() / LOOKS + 1, TimeUnit.MILLISECONDS);
        }
    }

    private void look(ChannelHandlerContext ctx) {
        look = null;
        untaken(ctx, waiting(ctx));
    }

    private void turnAway(ChannelHandlerContext ctx, Reason reason) {
        if (ctx.channel().isOpen()) {
            door.meters().turnedAway(reason);
            ctx.channel().unsafe().close(ctx.newPromise());
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        ctx.flush();
        if (!lingers || closing != null || !(ctx.channel() instanceof DuplexChannel socket) || !socket.isActive()) {
            ctx.close(promise);
            return;
        }
        closing = promise;
        socket.shutdownOutput();
        socket.config().setAutoRead(true);
        ctx.executor().schedule(() -> ctx.close(promise), DROP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void drop(ChannelHandlerContext ctx, Object bytes) {
        if (bytes instanceof io.netty.buffer.ByteBuf buffer) {
            dropped += buffer.readableBytes();
        }
        ReferenceCountUtil.release(bytes);
        ChannelPromise promise = closing;
        if (dropped > DROPPED_BYTES && promise != null) {
            ctx.close(promise);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        requestBegins();
        if (idle != null) {
            idle.cancel(false);
        }
        if (look != null) {
            look.cancel(false);
            look = null;
        }
        if (counted > 0) {
            door.meters().unread(-counted);
            counted = 0;
        }
        ctx.fireChannelInactive();
    }
}
