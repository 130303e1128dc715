package io.weir.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** HTTP/2 written frame by frame (RFC 9113, with prior knowledge), for what an HTTP client would not do. */
final class RawFrames implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RESET = 3;
    static final int SETTINGS = 4;
    static final int GO_AWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    private static final int ACK = 1;
    private static final int PRIORITY = 0x20;
    private static final int PRIORITY_BYTES = 5;
    private static final int INITIAL_WINDOW = 4;
    private static final int WINDOW = 65_535;
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false);
    private final Map<Integer, String> statuses = new HashMap<>();
    private final Map<Integer, Integer> resets = new HashMap<>();
    private final Map<Integer, Integer> windows = new HashMap<>();

    /** A frame that came. */
    record Frame(int type, int flags, int stream, byte[] payload) {
        /** The error code of a RESET, the bytes of a WINDOW_UPDATE. */
        int number() {
            return Unpooled.wrappedBuffer(payload).getInt(0);
        }
    }

    /** Opens a connection; the node may send so many bytes of each answer before it is told to go on. */
    RawFrames(RunningNode weir, int window) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), weir.port());
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
        ByteBuf setting = Unpooled.buffer().writeShort(INITIAL_WINDOW).writeInt(window);
        frame(SETTINGS, 0, 0, bytes(setting));
    }

    RawFrames frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuf frame = Unpooled.buffer()
                .writeMedium(payload.length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        write(bytes(frame));
        return this;
    }

    /** A request without a body, or with one that may follow. */
    RawFrames request(int stream, boolean body, String method, String path, String... headers) throws IOException {
        return frame(HEADERS, END_HEADERS | (body ? 0 : END_STREAM), stream, block(method, path, headers));
    }

    /** A block of headers, every one a literal. */
    static byte[] block(String method, String path, String... headers) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        literal(block, ":method", method);
        literal(block, ":scheme", "http");
        literal(block, ":path", path);
        literal(block, ":authority", "weir");
        for (int i = 0; i < headers.length; i += 2) {
            literal(block, headers[i], headers[i + 1]);
        }
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        text(block, name);
        text(block, value);
    }

    private static void text(ByteArrayOutputStream block, String text) {
        int length = text.length();
        if (length < 127) {
            block.write(length);
        } else {
            block.write(127);
            length -= 127;
            while (length >= 128) {
                block.write(length % 128 + 128);
                length /= 128;
            }
            block.write(length);
        }
        block.writeBytes(text.getBytes(US_ASCII));
    }

    /** The next frame of that kind; others are read and left. */
    Frame await(Predicate<Frame> wanted) throws IOException {
        while (true) {
            Frame frame = next();
            if (wanted.test(frame)) {
                return frame;
            }
            if (frame.type() == GO_AWAY) {
                throw new IOException("told to go away: " + new String(frame.payload(), US_ASCII));
            }
        }
    }

    /** The status that a stream is answered with, also where its head has come by already. */
    String status(int stream) throws IOException {
        String status = statuses.get(stream);
        while (status == null) {
            await(frame -> frame.type() == HEADERS);
            status = statuses.get(stream);
        }
        return status;
    }

    /** The code that a stream is reset with, also where that has come by already. */
    int reset(int stream) throws IOException {
        Integer code = resets.get(stream);
        while (code == null) {
            await(frame -> frame.type() == RESET);
            code = resets.get(stream);
        }
        return code;
    }

    /** Sends so many bytes in frames of that size as the windows allow, without an end; stops where the stream is reset. */
    void upload(int stream, int bytes, int frameBytes) throws IOException {
        for (int sent = 0; sent < bytes && !resets.containsKey(stream); ) {
            int next = Math.min(frameBytes, Math.min(bytes - sent, Math.min(window(stream), window(0))));
            if (next == 0) {
                next();
            } else {
                frame(DATA, 0, stream, new byte[next]);
                windows.merge(stream, -next, Integer::sum);
                windows.merge(0, -next, Integer::sum);
                sent += next;
            }
        }
    }

    private int window(int stream) {
        return windows.computeIfAbsent(stream, opened -> WINDOW);
    }

    /** Every head is decoded as it comes: it may stand on what those before it said. */
    private void keep(Frame frame) throws IOException {
        if (frame.type() == RESET) {
            resets.putIfAbsent(frame.stream(), frame.number());
        }
        if (frame.type() == WINDOW_UPDATE) {
            windows.put(frame.stream(), window(frame.stream()) + frame.number());
        }
        if (frame.type() != HEADERS) {
            return;
        }
        ByteBuf block = Unpooled.wrappedBuffer(frame.payload());
        if ((frame.flags() & PRIORITY) != 0) {
            block.skipBytes(PRIORITY_BYTES);
        }
        try {
            statuses.putIfAbsent(
                    frame.stream(),
                    hpack.decodeHeaders(frame.stream(), block).status().toString());
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
    }

    /** Reads until the node closes; fails where it does not. */
    void untilClosed() throws IOException {
        try {
            while (true) {
                next();
            }
        } catch (EOFException | SocketException closed) {
            return;
        }
    }

    private Frame next() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        Frame frame = new Frame(in.readUnsignedByte(), in.readUnsignedByte(), in.readInt(), in.readNBytes(length));
        if (frame.type() == SETTINGS && (frame.flags() & ACK) == 0) {
            frame(SETTINGS, ACK, 0, new byte[0]);
        }
        keep(frame);
        return frame;
    }

    private void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
