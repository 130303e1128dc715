package io.weir.gateway;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * The platform's transport with a hand on what the front door accepts: each connection to its port is counted, and gets a
 * {@link DoorGuard}, before Vert.x sees it.
 *
 * <p>Vert.x 5 tells of a connection only when its first request is read (cleartext), so a connection handler can neither
 * count nor close those that say nothing. The transport is the one place of its public interface that sees a server's
 * bootstrap. Everything else is passed on.
 */
final class DoorTransport implements io.vertx.core.transport.Transport, Transport {
    private final Transport platform;
    private int port = -1;
    private @Nullable Door door;

    DoorTransport() {
        io.vertx.core.transport.Transport fast = io.vertx.core.transport.Transport.nativeTransport();
        this.platform = (fast == null ? io.vertx.core.transport.Transport.NIO : fast).implementation();
    }

    /** Guards the servers that begin to listen at that port from now on. */
    void guard(Door rules, int at) {
        this.door = rules;
        this.port = at;
    }

    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
        platform.configure(options, domainSocket, bootstrap);
        Door rules = door;
        if (rules != null && options.getPort() == port && !domainSocket) {
            bootstrap.handler(new Accepted(rules));
        }
    }

    /** Stands in the listening socket's pipeline, where what is read are connections. */
    @ChannelHandler.Sharable
    private static final class Accepted extends ChannelInboundHandlerAdapter {
        private final Door door;

        Accepted(Door door) {
            this.door = door;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object accepted) {
            Channel connection = (Channel) accepted;
            if (door.accept(connection)) {
                ctx.fireChannelRead(connection);
            } else {
                connection.unsafe().closeForcibly();
            }
        }
    }

    @Override
    public String name() {
        return "door";
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public boolean isAvailable() {
        return true;
    }

    @Override
    public @Nullable Throwable unavailabilityCause() {
        return null;
    }

    @Override
    public Transport implementation() {
        return this;
    }

    @Override
    public boolean supportsDomainSockets() {
        return platform.supportsDomainSockets();
    }

    @Override
    public boolean supportFileRegion() {
        return platform.supportFileRegion();
    }

    @Override
    public java.net.SocketAddress convert(io.vertx.core.net.SocketAddress address) {
        return platform.convert(address);
    }

    @Override
    public io.vertx.core.net.SocketAddress convert(java.net.SocketAddress address) {
        return platform.convert(address);
    }

    @Override
    public IoHandlerFactory ioHandlerFactory() {
        return platform.ioHandlerFactory();
    }

    @Override
    public DatagramChannel datagramChannel() {
        return platform.datagramChannel();
    }

    @Override
    public DatagramChannel datagramChannel(InternetProtocolFamily family) {
        return platform.datagramChannel(family);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return platform.channelFactory(domainSocket);
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        return platform.serverChannelFactory(domainSocket);
    }

    @Override
    public void configure(DatagramChannel channel, DatagramSocketOptions options) {
        platform.configure(channel, options);
    }

    @Override
    public void configure(ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
        platform.configure(options, connectTimeout, domainSocket, bootstrap);
    }
}
