package io.weir.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.nio.charset.StandardCharsets;

/**
 * Writes a small whole answer of HTTP/1.1 as one buffer past the encoder of Vert.x, which makes two of it, head and body: the socket
 * then takes two at once, each with a buffer and a promise of its own. All else goes the encoder's way, and all answers of a
 * connection on which HEAD was asked do: only the encoder knows which of them must not show its body.
 */
final class DoorAnswers extends ChannelOutboundHandlerAdapter {
    private static final int SMALL_BYTES = 4_096;
    private static final int FIRST_HEAD_BYTES = 512;
    private static final int SPARE_BYTES = 32;
    private static final AsciiString VERSION = AsciiString.cached("HTTP/1.1 ");
    private static final int LINE_END = ('\r' << 8) | '\n';

    private final ChannelHandlerContext encoder;
    private int headBytes = FIRST_HEAD_BYTES;
    private boolean passive;

    /** Writes past that encoder. */
    DoorAnswers(ChannelHandlerContext encoder) {
        this.encoder = encoder;
    }

    /** Leaves all that comes to the encoder. */
    void passOn() {
        passive = true;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (passive || !(message instanceof FullHttpResponse answer) || !small(answer)) {
            ctx.write(message, promise);
            return;
        }
        ByteBuf body = answer.content();
        ByteBuf bytes = ctx.alloc().directBuffer(headBytes + body.readableBytes());
        AsciiString status = answer.status().codeAsText();
        ByteBufUtil.copy(VERSION, bytes);
        ByteBufUtil.copy(status, bytes);
        bytes.writeByte(' ');
        bytes.writeCharSequence(answer.status().reasonPhrase(), StandardCharsets.US_ASCII);
        bytes.writeShort(LINE_END);
        ((HeadersMultiMap) answer.headers()).encode(bytes, false);
        bytes.writeShort(LINE_END);
        headBytes = bytes.readableBytes() + SPARE_BYTES;
        bytes.writeBytes(body);
        answer.release();
        encoder.write(bytes, promise);
    }

    private static boolean small(FullHttpResponse answer) {
        int length = answer.content().readableBytes();
        return length > 0
                && length <= SMALL_BYTES
                && answer.protocolVersion() == HttpVersion.HTTP_1_1
                && answer.headers() instanceof HeadersMultiMap headers
                && headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                && answer.trailingHeaders().isEmpty();
    }
}
