package io.weir.loadtest.chaos;

import io.weir.loadtest.Patience;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy between the nodes and Kafka, whose advertised address it is, so that no client gets past it.
 *
 * <p>Safe for several threads. Each connection has two threads that copy, one for each way.
 */
final class KafkaProxy implements AutoCloseable {
    private static final int BUFFER = 64 << 10;
    private static final Duration LOOK = Duration.ofMillis(20);

    /** What becomes of bytes on their way. */
    enum Mode {
        /** They go on. */
        PASS,
        /** They are taken and never handed on; connections stay open. What was taken is lost with its connection. */
        SILENT,
        /** They go on late. */
        SLOW,
        /** Connections are reset, open ones and new ones. */
        REFUSED
    }

    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Duration slowness;
    private volatile int upstream;
    private volatile Mode mode = Mode.PASS;

    KafkaProxy(Duration slowness) {
        this.slowness = slowness;
        try {
            this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException none) {
            throw new UncheckedIOException("no port for the proxy", none);
        }
        Thread.ofVirtual().name("proxy-accept").start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Where Kafka listens. */
    void to(int port) {
        upstream = port;
    }

    void mode(Mode now) {
        Mode before = mode;
        mode = now;
        // A connection that lost bytes in silence cannot go on: what follows would be read as something else.
        if (now == Mode.REFUSED || before == Mode.SILENT) {
            resetAll();
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException gone) {
            // it is closed
        }
        resetAll();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                if (mode == Mode.REFUSED || upstream == 0) {
                    reset(client);
                } else {
                    Thread.ofVirtual().name("proxy-connect").start(() -> connect(client));
                }
            } catch (IOException closed) {
                // the next one, if there is one
            }
        }
    }

    private void connect(Socket client) {
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), upstream);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            open.add(client);
            open.add(server);
            Thread.ofVirtual().name("proxy-out").start(() -> copy(client, server));
            Thread.ofVirtual().name("proxy-back").start(() -> copy(server, client));
        } catch (IOException away) {
            reset(client);
        }
    }

    private void copy(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (mode == Mode.SLOW) {
                    Patience.pause(slowness);
                }
                while (mode == Mode.SILENT && !from.isClosed()) {
                    Patience.pause(LOOK);
                }
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException ended) {
            // the connection is over
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private void resetAll() {
        open.forEach(KafkaProxy::reset);
        open.clear();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException gone) {
            // it is closed
        }
    }
}
