package io.weir.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.weir.gateway.DoorMeters.Reason;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the heads of HTTP/2 frames as they come by, and nothing of what is in them, to see when a block of headers begins
 * and when it is complete: a block that trickles in CONTINUATION frames holds up the whole connection, and has
 * {@code door.headTimeoutMillis} as a head of HTTP/1 has. How many such frames there may be, how large a block, and how many
 * resets, Netty counts itself.
 */
final class DoorFrames extends ChannelInboundHandlerAdapter {
    private static final int PREFACE = 24;
    private static final int HEAD = 9;
    private static final int TYPE_AT = 3;
    private static final int FLAGS_AT = 4;
    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private final Door door;
    private final byte[] head = new byte[HEAD];
    private int have;
    private long skip = PREFACE;
    private boolean open;
    private @Nullable ScheduledFuture<?> deadline;

    DoorFrames(Door door) {
        this.door = door;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            follow(bytes);
        }
        ctx.fireChannelRead(message);
    }

    private void follow(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex()) {
            if (skip > 0) {
                long passed = Math.min(skip, bytes.writerIndex() - at);
                skip -= passed;
                at += (int) passed;
                if (skip == 0) {
                    settle();
                }
            } else {
                head[have++] = bytes.getByte(at++);
                if (have == HEAD) {
                    begin();
                }
            }
        }
    }

    private void begin() {
        have = 0;
        skip = (head[0] & 0xffL) << 16 | (head[1] & 0xffL) << 8 | head[2] & 0xffL;
        if (head[TYPE_AT] == HEADERS || head[TYPE_AT] == CONTINUATION) {
            open = true;
        }
        if (skip == 0) {
            settle();
        }
    }

    /** Most blocks are complete in the reading that they begin in: only for the others a timer is set. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (open && deadline == null) {
            deadline = ctx.executor()
                    .schedule(() -> late(ctx), door.settings().headTimeoutMillis(), TimeUnit.MILLISECONDS);
        }
        ctx.fireChannelReadComplete();
    }

    /** A frame is complete: a block of headers may be, too. */
    private void settle() {
        if (open && (head[FLAGS_AT] & END_HEADERS) != 0) {
            open = false;
            if (deadline != null) {
                deadline.cancel(false);
                deadline = null;
            }
        }
    }

    private void late(ChannelHandlerContext ctx) {
        deadline = null;
        door.meters().turnedAway(Reason.SLOW_HEAD);
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        ctx.fireChannelInactive();
    }
}
