package io.weir.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.weir.gateway.DoorMeters.Reason;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1 read strictly (RFC 9112): where two readers could find different requests in the same bytes, there is none.
 *
 * <p>Netty refuses by itself: lines that do not end in CR LF, NUL and control characters in headers, space before a colon,
 * lengths that are no plain number or stand twice, a length beside a transfer coding, codings that do not end in
 * {@code chunked}, malformed chunks. What it takes and this does not: folded lines, headers without a name, more than
 * {@code door.maxHeaders} of them, other white space than single spaces in the first line ({@link FirstLine}), any coding but
 * {@code chunked} alone, a host that is missing, twice there or malformed ({@link Hosts}). It looks at the lines that Netty
 * has just read, so both always agree on where a head ends.
 *
 * <p>What is refused goes on as a request that could not be decoded, and is answered in its turn, behind the answers to
 * what was sent before. Nothing after it is read.
 *
 * <p>A head that is begun must be complete within {@code door.headTimeoutMillis}; time in which nothing is read, since an
 * answer is being made, does not count. While the client does not take its answers, no further head is read.
 */
final class DoorDecoder extends VertxHttpRequestDecoder {
    private static final AsciiString HOST = HttpHeaderNames.HOST;
    private static final AsciiString CODING = HttpHeaderNames.TRANSFER_ENCODING;

    private final Door door;
    private final DoorGuard guard;
    private final DoorAnswers answers;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable Throwable fault;
    private boolean inBody;
    private boolean refused;
    private boolean stopped;
    private int lines;
    private int hosts;
    private int codings;

    DoorDecoder(Door door, DoorGuard guard, DoorAnswers answers) {
        super(door.options());
        this.door = door;
        this.guard = guard;
        this.answers = answers;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (!inBody && !ctx.channel().isWritable()) {
            return;
        }
        int made = out.size();
        if (inBody) {
            super.decode(ctx, in, out);
        } else {
            int from = in.readerIndex();
            super.decode(ctx, in, out);
            look(in, from, in.readerIndex());
        }
        for (int i = made; i < out.size() && !refused; i++) {
            if (out.get(i) instanceof HttpRequest request) {
                head(request);
            } else if (out.get(i) instanceof HttpObject content
                    && content.decoderResult().isFailure()) {
                refused = true;
                guard.linger();
            }
            inBody = !(out.get(i) instanceof LastHttpContent);
        }
        if (fault != null && !refused) {
            instead(out, made, fault);
        }
    }

    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        AsciiString name = super.splitHeaderName(line, start, length);
        if (name.length() == HOST.length() && name.contentEqualsIgnoreCase(HOST)) {
            hosts++;
        } else if (name.length() == CODING.length() && name.contentEqualsIgnoreCase(CODING)) {
            codings++;
        }
        return name;
    }

    /** Looks at the lines of a head that were just read; whole lines, but perhaps not all of them. */
    private void look(ByteBuf in, int from, int to) {
        int at = from;
        while (lines == 0 && at < to && (in.getByte(at) == '\r' || in.getByte(at) == '\n')) {
            at++;
        }
        while (at < to && fault == null) {
            int end = in.indexOf(at, to, (byte) '\n');
            int next = end < 0 ? to : end + 1;
            if (lines == 0) {
                fault = FirstLine.fault(in, at, next);
            } else {
                fault = fault(in.getByte(at));
            }
            lines++;
            at = next;
        }
    }

    private @Nullable Malformed fault(byte begin) {
        if (begin == ' ' || begin == '\t') {
            return new Malformed(400, "a header is folded over several lines");
        }
        if (begin == ':') {
            return new Malformed(400, "a header has no name");
        }
        // The first line is counted and the empty one is not yet.
        return lines > door.settings().maxHeaders() && begin != '\r'
                ? new Malformed(431, "a request may have " + door.settings().maxHeaders() + " headers")
                : null;
    }

    /** A head is complete. */
    private void head(HttpRequest request) {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
        if (request.decoderResult().isFailure()) {
            fault = request.decoderResult().cause();
        }
        if (HttpMethod.HEAD.equals(request.method())) {
            answers.passOn();
        }
        if (fault == null && codings > 0) {
            fault = coding(request);
        }
        if (fault == null) {
            fault = Hosts.fault(request, hosts);
        }
        request.headers().remove(HttpHeaderNames.UPGRADE);
        lines = 0;
        hosts = 0;
        codings = 0;
    }

    private @Nullable Malformed coding(HttpRequest request) {
        String coding = request.headers().get(CODING);
        return codings == 1 && "chunked".equalsIgnoreCase(coding)
                ? null
                : new Malformed(400, "the one transfer coding that is taken is chunked, once");
    }

    /** Puts the refusal in the place of what was made of these bytes. */
    private void instead(List<Object> out, int made, Throwable why) {
        while (out.size() > made) {
            ReferenceCountUtil.release(out.removeLast());
        }
        out.add(refusal(why));
        out.add(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private HttpRequest refusal(Throwable why) {
        refused = true;
        guard.linger();
        boolean late = why instanceof Malformed known && known.status() == 408;
        door.meters().turnedAway(late ? Reason.SLOW_HEAD : Reason.MALFORMED);
        DefaultHttpRequest request =
                new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", HeadersMultiMap.httpHeaders());
        request.setDecoderResult(DecoderResult.failure(why));
        return request;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (!inBody && !refused && deadline == null && (lines > 0 || actualReadableBytes() > 0)) {
            watch(ctx, door.settings().headTimeoutMillis());
        }
        super.channelReadComplete(ctx);
        // Behind Vert.x, which may just have stopped the reading itself: then it is Vert.x that goes on with it.
        if (!ctx.channel().isWritable() && ctx.channel().config().isAutoRead()) {
            stopped = true;
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        super.channelWritabilityChanged(ctx);
        if (ctx.channel().isWritable()) {
            if (stopped) {
                stopped = false;
                ctx.channel().config().setAutoRead(true);
            }
            channelRead(ctx, Unpooled.EMPTY_BUFFER);
            channelReadComplete(ctx);
        }
    }

    private void watch(ChannelHandlerContext ctx, long millis) {
        deadline = ctx.executor().schedule(() -> late(ctx), millis, TimeUnit.MILLISECONDS);
    }

    private void late(ChannelHandlerContext ctx) {
        deadline = null;
        if (ctx.isRemoved() || refused) {
            return;
        }
        if (!ctx.channel().config().isAutoRead() || !ctx.channel().isWritable()) {
            watch(ctx, door.settings().headTimeoutMillis());
            return;
        }
        String within = "the head was not complete within " + door.settings().headTimeoutMillis() + " ms";
        ctx.fireChannelRead(refusal(new Malformed(408, within)));
        ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        ctx.fireChannelReadComplete();
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
        if (deadline != null) {
            deadline.cancel(false);
        }
        super.handlerRemoved0(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        if (deadline != null) {
            deadline.cancel(false);
        }
        refused = true;
        super.channelInactive(ctx);
    }
}
