package io.weir.policies;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;

/**
 * Undoes zstd (RFC 8878): one frame or several, skippable ones too. A frame that asks for a window beyond 8 MiB is refused, as
 * RFC 9659 says for this coding: that is the most memory that a body can make the decoder take.
 */
final class ZstdDecoder implements Decoder {
    /** 8 MiB (RFC 9659 3). */
    private static final int WINDOW_LOG = 23;

    private final Piece piece = new Piece();
    private final ZstdInputStreamNoFinalizer stream;
    private boolean begun;

    ZstdDecoder() {
        try {
            stream = new ZstdInputStreamNoFinalizer(piece).setContinuous(true).setLongMax(WINDOW_LOG);
        } catch (IOException e) {
            throw new IllegalStateException("zstd cannot be used", e);
        }
    }

    @Override
    public void give(byte[] next) {
        piece.bytes = next;
        piece.at = 0;
        begun |= next.length > 0;
    }

    @Override
    public int read(byte[] slice) throws Malformed {
        try {
            return Math.max(0, stream.read(slice, 0, slice.length));
        } catch (IOException e) {
            throw new Malformed("the zstd body is malformed: " + e.getMessage());
        }
    }

    @Override
    public void end() throws Malformed {
        try {
            if (begun && stream.setContinuous(false).read(new byte[1], 0, 1) < 0) {
                return;
            }
        } catch (IOException e) {
            // Told below: a frame is not complete.
            begun = true;
        }
        throw new Malformed("the zstd body ends too early");
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            throw new IllegalStateException("closing a piece in memory cannot fail", e);
        }
    }

    /** The piece at hand as a stream that ends with it, and goes on with the next. */
    private static final class Piece extends InputStream {
        private byte[] bytes = {};
        private int at;

        @Override
        public int read() {
            return at == bytes.length ? -1 : bytes[at++] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            int count = Math.min(length, available());
            System.arraycopy(bytes, at, to, offset, count);
            at += count;
            return count == 0 ? -1 : count;
        }

        @Override
        public int available() {
            return bytes.length - at;
        }
    }
}
