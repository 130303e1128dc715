package io.weir.loadtest.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One kept HTTP/1.1 connection of the built-in generator: at most one request under way, answers with Content-Length. */
final class GeneratorConnection implements AutoCloseable {
    private static final int ANSWER_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final RequestBuffers requests;
    private final int expectedStatus;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER_BYTES);
    private final AnswerReader reader = new AnswerReader();
    private ByteBuffer request = ByteBuffer.allocate(0);
    private long sentNanos;
    private boolean waiting;

    GeneratorConnection(InetSocketAddress address, RequestBuffers requests, int expectedStatus, Selector selector)
            throws IOException {
        this.requests = requests;
        this.expectedStatus = expectedStatus;
        channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    void send(long now) throws IOException {
        request = requests.next();
        reader.reset();
        answer.clear();
        sentNanos = now;
        waiting = true;
        write();
    }

    /** Goes on with writing or reading; true when an answer is complete. */
    boolean ready(SelectionKey selected) throws IOException {
        if (selected.isWritable()) {
            write();
        }
        if (!selected.isReadable() || !waiting) {
            return false;
        }
        if (channel.read(answer) < 0) {
            throw new EOFException("end of stream");
        }
        if (reader.complete(answer)) {
            waiting = false;
            return true;
        }
        return false;
    }

    int status() {
        return reader.status();
    }

    boolean answeredAsExpected() {
        return reader.status() == expectedStatus;
    }

    boolean waiting() {
        return waiting;
    }

    /** What a connection that takes the place of this one goes on with. */
    RequestBuffers requests() {
        return requests;
    }

    long sentNanos() {
        return sentNanos;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException unclosable) {
            throw new UncheckedIOException(unclosable);
        }
    }

    private void write() throws IOException {
        channel.write(request);
        int interest = SelectionKey.OP_READ | (request.hasRemaining() ? SelectionKey.OP_WRITE : 0);
        if (key.interestOps() != interest) {
            key.interestOps(interest);
        }
    }
}
