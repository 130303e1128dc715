package io.weir.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A client that takes its time: it says a little of a text at each turn, and reads a little of the answer. */
final class SlowClient implements AutoCloseable {
    private static final int SMALL_WINDOW = 2_048;
    private static final int STATUS_LINE = 64;

    private final SocketChannel socket;
    private final ByteBuffer says;
    private final int begins;
    private final Pace pace;
    private final ByteBuffer answer = ByteBuffer.allocate(STATUS_LINE);
    private boolean gone;

    /** What it does at a turn. */
    record Pace(int says, int reads) {}

    /**
     * Connects.
     *
     * @param says what it has to say
     * @param begins so many bytes of it as fast as the node takes them, the others at its pace
     */
    SlowClient(RunningNode weir, byte[] says, int begins, Pace pace) throws IOException {
        this.socket = SocketChannel.open();
        this.says = ByteBuffer.wrap(says);
        this.begins = begins;
        this.pace = pace;
        socket.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_WINDOW);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), weir.port()));
        socket.configureBlocking(false);
    }

    /** Says and reads a little; of the answer the status line is read in any case. */
    void turn(ByteBuffer scratch) {
        if (gone) {
            return;
        }
        try {
            int most = says.position() < begins ? begins : says.position() + pace.says;
            socket.write(says.limit(Math.min(says.capacity(), most)));
            if (socket.read(answer) < 0
                    || pace.reads > 0 && socket.read(scratch.clear().limit(pace.reads)) < 0) {
                gone = true;
            }
        } catch (IOException closed) {
            gone = true;
        }
    }

    /** The status of its first answer; empty where none has come. */
    String status() {
        String[] words = new String(answer.array(), 0, answer.position(), US_ASCII).split(" ", 3);
        return words.length < 2 ? "" : words[1];
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
