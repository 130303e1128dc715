package io.weir.policies;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Undoes gzip (RFC 1952): one member or several, each with its header, its checksum and its length checked. What follows the
 * last member and is no member is malformed.
 */
final class GzipDecoder implements Decoder {
    private static final int HEADER_CRC = 0x02;
    private static final int EXTRA = 0x04;
    private static final int NAME = 0x08;
    private static final int COMMENT = 0x10;
    private static final int RESERVED = 0xe0;
    private static final int DEFLATE = 8;
    private static final byte[] NOTHING = {};

    /** What the next byte belongs to. */
    private enum Part {
        FIXED_HEADER,
        EXTRA_LENGTH,
        EXTRA_FIELD,
        FILE_NAME,
        FILE_COMMENT,
        HEADER_CHECKSUM,
        CONTENT,
        TRAILER
    }

    private final Inflater inflater = new Inflater(true);
    private final CRC32 content = new CRC32();
    private final CRC32 header = new CRC32();
    private byte[] piece = NOTHING;
    private int at;
    private Part part = Part.FIXED_HEADER;
    private int flags;
    /** Bytes of the part that were seen, and their value, the least first. */
    private int seen;

    private long value;
    private boolean begun;

    @Override
    public void give(byte[] next) {
        piece = next;
        at = 0;
        if (part == Part.CONTENT) {
            inflater.setInput(piece);
        }
    }

    @Override
    public int read(byte[] slice) throws Malformed {
        while (true) {
            if (part != Part.CONTENT) {
                if (at == piece.length) {
                    return 0;
                }
                step(piece[at++] & 0xff);
                continue;
            }
            int bytes = inflate(slice);
            if (bytes > 0) {
                content.update(slice, 0, bytes);
                return bytes;
            }
            if (!inflater.finished()) {
                return 0;
            }
            at = piece.length - inflater.getRemaining();
            enter(Part.TRAILER);
        }
    }

    private int inflate(byte[] slice) throws Malformed {
        try {
            int bytes = inflater.inflate(slice);
            if (inflater.needsDictionary()) {
                throw new Malformed("the gzip body asks for a dictionary");
            }
            return bytes;
        } catch (DataFormatException e) {
            throw new Malformed("the gzip body is corrupt: " + e.getMessage());
        }
    }

    @Override
    public void end() throws Malformed {
        if (!begun || part != Part.FIXED_HEADER || seen > 0) {
            throw new Malformed("the gzip body ends too early");
        }
    }

    @Override
    public void close() {
        inflater.end();
    }

    private void step(int next) throws Malformed {
        if (part != Part.TRAILER && part != Part.HEADER_CHECKSUM) {
            header.update(next);
        }
        switch (part) {
            case FIXED_HEADER -> fixed(next);
            case EXTRA_LENGTH -> {
                if (gather(next, 2)) {
                    enter(value == 0 ? after(EXTRA) : Part.EXTRA_FIELD, value);
                }
            }
            case EXTRA_FIELD -> {
                if (++seen == value) {
                    enter(after(EXTRA));
                }
            }
            case FILE_NAME -> {
                if (next == 0) {
                    enter(after(NAME));
                }
            }
            case FILE_COMMENT -> {
                if (next == 0) {
                    enter(after(COMMENT));
                }
            }
            case HEADER_CHECKSUM -> {
                if (gather(next, 2)) {
                    must(value == (header.getValue() & 0xffff), "the header's checksum is wrong");
                    enter(Part.CONTENT);
                }
            }
            case TRAILER -> trailer(next);
            case CONTENT -> throw new IllegalStateException("content is inflated, not stepped through");
        }
    }

    private void fixed(int next) throws Malformed {
        switch (seen++) {
            case 0 -> {
                must(next == 0x1f, begun ? "something follows the last member" : "it does not begin as gzip does");
                header.reset();
                header.update(next);
            }
            case 1 ->
                must(next == 0x8b, begun ? "something follows the last member" : "it does not begin as gzip does");
            case 2 -> must(next == DEFLATE, "its method is not deflate");
            case 3 -> {
                must((next & RESERVED) == 0, "a reserved flag is set");
                flags = next;
            }
            case 9 -> enter(after(0));
            default -> {
                // Time, extra flags and system say nothing here.
            }
        }
        begun = true;
    }

    /** The part after the one of that flag: those whose flag is set, in their order. */
    private Part after(int flag) {
        if (flag < EXTRA && (flags & EXTRA) != 0) {
            return Part.EXTRA_LENGTH;
        }
        if (flag < NAME && (flags & NAME) != 0) {
            return Part.FILE_NAME;
        }
        if (flag < COMMENT && (flags & COMMENT) != 0) {
            return Part.FILE_COMMENT;
        }
        return (flags & HEADER_CRC) != 0 ? Part.HEADER_CHECKSUM : Part.CONTENT;
    }

    private void trailer(int next) throws Malformed {
        if (seen == 4) {
            must(value == content.getValue(), "its checksum is wrong");
            value = 0;
        }
        value |= (long) next << (8 * (seen & 3));
        if (++seen == 8) {
            must(value == (inflater.getBytesWritten() & 0xffff_ffffL), "its length is wrong");
            inflater.reset();
            content.reset();
            enter(Part.FIXED_HEADER);
        }
    }

    /** Gathers a number of so many bytes; true when it is whole. */
    private boolean gather(int next, int bytes) {
        value |= (long) next << (8 * seen);
        return ++seen == bytes;
    }

    private void enter(Part next) {
        enter(next, 0);
    }

    private void enter(Part next, long known) {
        part = next;
        seen = 0;
        value = known;
        if (next == Part.CONTENT) {
            inflater.setInput(piece, at, piece.length - at);
        }
    }

    private static void must(boolean right, String otherwise) throws Malformed {
        if (!right) {
            throw new Malformed("the gzip body is malformed: " + otherwise);
        }
    }
}
