package io.weir.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;

/**
 * Sees a connection's first plain bytes, when Vert.x has found out which HTTP it speaks and has built its pipeline, and puts
 * the strict reader of that HTTP in place before it passes them on.
 */
final class DoorSwitch extends ChannelInboundHandlerAdapter {
    /** What Vert.x calls its reader of HTTP/1. */
    private static final String HTTP_1 = "httpDecoder";

    private static final String ENCODER = "httpEncoder";

    private final Door door;
    private final DoorGuard guard;

    DoorSwitch(Door door, DoorGuard guard) {
        this.door = door;
        this.guard = guard;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        guard.requestBegins();
        ChannelPipeline pipeline = ctx.pipeline();
        if (pipeline.get(HTTP_1) != null) {
            DoorAnswers answers = new DoorAnswers(pipeline.context(ENCODER));
            pipeline.addAfter(ENCODER, "door-answers", answers);
            pipeline.replace(HTTP_1, HTTP_1, new DoorDecoder(door, guard, answers));
            pipeline.addAfter(HTTP_1, "door-body", new DoorBody());
        } else {
            pipeline.addAfter(ctx.name(), "door-frames", new DoorFrames(door));
        }
        ctx.fireChannelRead(bytes);
        pipeline.remove(this);
    }
}
