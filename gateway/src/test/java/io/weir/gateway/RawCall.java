package io.weir.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A call written byte by byte, for what an HTTP client would not do. */
final class RawCall implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    RawCall(RunningNode weir) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), weir.port());
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    RawCall send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    RawCall send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    /** Everything that comes until the node closes the connection; fails where it does not. */
    String untilClosed() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[8_192];
        try {
            for (int read = in.read(some); read >= 0; read = in.read(some)) {
                all.write(some, 0, read);
            }
        } catch (SocketTimeoutException open) {
            throw new AssertionError("not closed after: " + all.toString(StandardCharsets.ISO_8859_1), open);
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** The next bytes that come, at least one and at most so many; fewer than one where the node closed. */
    int read(byte[] into) throws IOException {
        return in.read(into);
    }

    /** Sends a body of so many bytes, or as much of it as the other side takes. */
    RawCall upload(int bytes) {
        byte[] chunk = new byte[8_192];
        java.util.Arrays.fill(chunk, (byte) ' ');
        return upload(chunk, bytes);
    }

    /** Sends these bytes again and again, so many in all, or as much of it as the other side takes now. */
    RawCall upload(byte[] chunk, int bytes) {
        try {
            for (int sent = 0; sent < bytes; sent += chunk.length) {
                out.write(chunk, 0, Math.min(chunk.length, bytes - sent));
            }
            out.flush();
        } catch (IOException e) {
            // The other side has heard enough: its answer may be waiting.
            return this;
        }
        return this;
    }

    /** The head of the next answer. */
    String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed after: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** The status line of the next answer. */
    String status() throws IOException {
        return head().lines().findFirst().orElse("");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
