package io.weir.gateway;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.weir.settings.WeirSettings;
import java.util.concurrent.TimeUnit;

/**
 * What every connection to the front door has to keep to, below HTTP: how many there may be, how long a head may take, how
 * a head must be written, how long an answer may lie untaken. One for each node.
 *
 * <p>Handlers of Netty's do it, each for one connection: {@link DoorGuard} from its accepting to its end,
 * {@link DoorDecoder}, {@link DoorBody} and {@link DoorAnswers} for HTTP/1, {@link DoorFrames} for HTTP/2.
 */
final class Door {
    /** At most so much is read before it is asked whether more is wanted; Netty's own way is sixteen times as much. */
    private static final int READ_BYTES = 1 << 16;

    private static final int FIRST_READ_BYTES = 1 << 11;

    private final WeirSettings.Door settings;
    private final int idleTimeoutSeconds;
    private final HttpServerOptions options;
    private final OpenConnections connections;
    private final DoorMeters meters;

    Door(WeirSettings.Http http, WeirSettings.Door settings, OpenConnections connections, DoorMeters meters) {
        this.settings = settings;
        this.connections = connections;
        this.meters = meters;
        this.idleTimeoutSeconds = http.idleTimeoutSeconds();
        this.options = new HttpServerOptions()
                .setHost(http.host())
                .setPort(http.port())
                .setMaxHeaderSize(http.maxHeaderBytes())
                .setMaxInitialLineLength(http.maxLineBytes())
                .setHandle100ContinueAutomatically(false)
                .setInitialSettings(new Http2Settings()
                        .setPushEnabled(false)
                        .setMaxConcurrentStreams(settings.maxStreams())
                        .setMaxHeaderListSize(http.maxHeaderBytes()))
                .setHttp2RstFloodMaxRstFramePerWindow(settings.maxResets())
                .setHttp2RstFloodWindowDuration(settings.resetWindowSeconds())
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setTcpNoDelay(true)
                .setSendBufferSize(settings.sendBufferBytes())
                // No websockets: their handlers would only stand in every call's way.
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false);
    }

    /** The options of a server that stands behind this door; a copy of the caller's own. */
    HttpServerOptions options() {
        return new HttpServerOptions(options);
    }

    WeirSettings.Door settings() {
        return settings;
    }

    int idleTimeoutSeconds() {
        return idleTimeoutSeconds;
    }

    DoorMeters meters() {
        return meters;
    }

    /** Counts a connection in and watches over it; false where it is one too many. */
    boolean accept(Channel connection) {
        if (!connections.enter()) {
            meters.turnedAway(DoorMeters.Reason.CONNECTIONS);
            return false;
        }
        connection
                .config()
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(64, FIRST_READ_BYTES, READ_BYTES).maxMessagesPerRead(1));
        connection.closeFuture().addListener(closed -> connections.left());
        connection.pipeline().addLast("door", new DoorGuard(this));
        return true;
    }
}
