package io.weir.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Copies what comes of a body of HTTP/1 to the heap before Vert.x sees it, in pieces of a useful size.
 *
 * <p>To the heap: Vert.x copies each piece there as well, but only when the request takes it. Those that come while it is paused
 * wait in {@code VertxConnection.pending}, and where the connection closes then, nobody releases them (5.0.8): pooled ones were
 * lost for ever. These are garbage.
 *
 * <p>In pieces: what waits is bounded by its number, and a chunk of one byte costs as much as one of thousands. Here small ones of
 * the same reading become one.
 */
final class DoorBody extends ChannelInboundHandlerAdapter {
    /** As large as Netty's decoder makes them. */
    private static final int PIECE_BYTES = 1 << 13;

    private @Nullable ByteBuf begun;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message == LastHttpContent.EMPTY_LAST_CONTENT
                || !(message instanceof HttpContent content)
                || content.decoderResult().isFailure()) {
            passOn(ctx);
            ctx.fireChannelRead(message);
            return;
        }
        take(ctx, content.content());
        if (message instanceof LastHttpContent) {
            passOn(ctx);
            ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    /** Copies and releases. */
    private void take(ChannelHandlerContext ctx, ByteBuf pooled) {
        int bytes = pooled.readableBytes();
        if (begun != null && begun.readableBytes() + bytes > PIECE_BYTES) {
            passOn(ctx);
        }
        if (bytes > 0) {
            ByteBuf piece = begun == null ? VertxByteBufAllocator.DEFAULT.heapBuffer(bytes) : begun;
            begun = piece.writeBytes(pooled);
        }
        pooled.release();
        if (bytes >= PIECE_BYTES) {
            passOn(ctx);
        }
    }

    private void passOn(ChannelHandlerContext ctx) {
        ByteBuf piece = begun;
        if (piece != null) {
            begun = null;
            ctx.fireChannelRead(new DefaultHttpContent(piece));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        passOn(ctx);
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        passOn(ctx);
        ctx.fireChannelInactive();
    }
}
