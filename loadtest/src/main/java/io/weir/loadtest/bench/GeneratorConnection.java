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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One kept HTTP/1.1 connection of the built-in generator: at most one request under way, answers with Content-Length. */
final class GeneratorConnection implements AutoCloseable {
    private static final int ANSWER_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final List<ByteBuffer> requests;
    private final int[] slots;
    private final int sender;
    private final int expectedStatus;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER_BYTES);
    private final AnswerReader reader = new AnswerReader();
    private ByteBuffer request;
    private long counter;
    private long sentNanos;
    private boolean waiting;

    GeneratorConnection(int sender, InetSocketAddress address, Requests requests, Selector selector)
            throws IOException {
        this.sender = sender;
        this.expectedStatus = requests.expectedStatus();
        this.requests = buffers(requests);
        this.slots = slots(requests);
        // Connections start at different places, so that they do not all ask for the same thing at once.
        this.counter = slots.length == 0 ? sender * 7L : 0;
        this.request = this.requests.getFirst();
        channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    void send(long now) throws IOException {
        request = requests.get((int) (counter % requests.size()));
        counter++;
        for (int slot : slots) {
            writeDigits(request, slot, sender, 2);
            writeDigits(request, slot + 2, counter, Requests.SLOT_DIGITS - 2);
        }
        request.rewind();
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

    /** Goes on counting so far ahead, where it takes the place of a connection that broke: no request is sent twice. */
    void skip(long requests) {
        counter += requests;
    }

    boolean answeredAsExpected() {
        return reader.status() == expectedStatus;
    }

    boolean waiting() {
        return waiting;
    }

    int sender() {
        return sender;
    }

    long counter() {
        return counter;
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

    private static void writeDigits(ByteBuffer buffer, int at, long number, int digits) {
        long rest = number;
        for (int digit = at + digits - 1; digit >= at; digit--) {
            buffer.put(digit, (byte) ('0' + rest % 10));
            rest /= 10;
        }
    }

    private static List<ByteBuffer> buffers(Requests requests) {
        return switch (requests) {
            case Requests.Fixed fixed ->
                fixed.requests().stream().map(GeneratorConnection::buffer).toList();
            case Requests.Unique unique ->
                List.of(buffer(String.join("0".repeat(Requests.SLOT_DIGITS), unique.fragments())));
        };
    }

    private static ByteBuffer buffer(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static int[] slots(Requests requests) {
        List<Integer> slots = new ArrayList<>();
        if (requests instanceof Requests.Unique unique) {
            int at = 0;
            for (String fragment :
                    unique.fragments().subList(0, unique.fragments().size() - 1)) {
                at += fragment.length();
                slots.add(at);
                at += Requests.SLOT_DIGITS;
            }
        }
        return slots.stream().mapToInt(Integer::intValue).toArray();
    }
}
