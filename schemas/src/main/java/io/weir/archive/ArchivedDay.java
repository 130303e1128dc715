package io.weir.archive;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.zip.GZIPInputStream;

/** A day of the archive that is open for reading; of one thread. A look-up reads some thirty times 32 bytes, an event one block. */
public final class ArchivedDay implements AutoCloseable {
    static final String EVENTS = "events.ndjson.gz";
    static final String KEYS = "events.keys";
    static final String BLOCKS = "events.blocks";
    private static final int UUID_BYTES = 16;
    private static final int KEY_BYTES = 2 * UUID_BYTES;
    private static final int BUFFER = 1 << 16;

    private final Path place;
    private final FileChannel keys;
    private final long entries;

    ArchivedDay(Path place) throws IOException {
        this.place = place;
        this.keys = FileChannel.open(place.resolve(KEYS), StandardOpenOption.READ);
        this.entries = keys.size() / KEY_BYTES;
        if (keys.size() % KEY_BYTES != 0) {
            keys.close();
            throw new IOException(place.resolve(KEYS) + " is cut off");
        }
    }

    /** How many events it holds. */
    public long entries() {
        return entries;
    }

    /** Where the event of that key lies, the last entry of it; empty where the day does not hold it. */
    public OptionalLong find(UUID key) throws IOException {
        long low = 0;
        long high = entries - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            int order = compare(uuid(middle * KEY_BYTES), key);
            if (order <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && uuid(high * KEY_BYTES).equals(key) ? OptionalLong.of(high) : OptionalLong.empty();
    }

    /** The digest of the content of the event that lies there. */
    public UUID digest(long position) throws IOException {
        return uuid(position * KEY_BYTES + UUID_BYTES);
    }

    /** Some keys in their order, from a position on: at most so many, fewer only at the end. */
    public List<UUID> keys(long from, int most) throws IOException {
        int some = (int) Math.max(0, Math.min(most, entries - from));
        ByteBuffer read = fill(keys, ByteBuffer.allocate(some * KEY_BYTES), from * KEY_BYTES);
        List<UUID> found = new ArrayList<>(some);
        for (int i = 0; i < some; i++) {
            found.add(new UUID(read.getLong(i * KEY_BYTES), read.getLong(i * KEY_BYTES + Long.BYTES)));
        }
        return found;
    }

    /** The event that lies there. */
    public ArchivedEvent event(long position) throws IOException {
        try (Events read = events(position)) {
            return read.next();
        }
    }

    /** The events in key order, from a position on. */
    public Events events(long from) throws IOException {
        return new Events(from);
    }

    /** Events one after the other, in bounded memory. */
    public final class Events implements AutoCloseable {
        private final FileChannel file = FileChannel.open(place.resolve(EVENTS), StandardOpenOption.READ);
        private final BufferedReader lines;
        private long position;

        private Events(long from) throws IOException {
            try {
                long block = from / DayWriter.LINES_PER_BLOCK;
                file.position(entries == 0 ? 0 : begin(block));
                InputStream gzip = entries == 0
                        ? InputStream.nullInputStream()
                        : new GZIPInputStream(Channels.newInputStream(file), BUFFER);
                lines = new BufferedReader(new InputStreamReader(gzip, StandardCharsets.UTF_8), BUFFER);
                for (position = block * DayWriter.LINES_PER_BLOCK; position < from; position++) {
                    line();
                }
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        }

        /** Whether there is a further one. */
        public boolean hasNext() {
            return position < entries;
        }

        /** The next one. */
        public ArchivedEvent next() throws IOException {
            ArchivedEvent event = ArchivedEvent.read(line());
            position++;
            return event;
        }

        private String line() throws IOException {
            String line = lines.readLine();
            if (line == null) {
                throw new EOFException(place.resolve(EVENTS) + " ends before its keys do");
            }
            return line;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private long begin(long block) throws IOException {
        try (FileChannel blocks = FileChannel.open(place.resolve(BLOCKS), StandardOpenOption.READ)) {
            return fill(blocks, ByteBuffer.allocate(Long.BYTES), block * Long.BYTES)
                    .getLong(0);
        }
    }

    private UUID uuid(long at) throws IOException {
        ByteBuffer read = fill(keys, ByteBuffer.allocate(UUID_BYTES), at);
        return new UUID(read.getLong(0), read.getLong(Long.BYTES));
    }

    private static ByteBuffer fill(FileChannel from, ByteBuffer into, long at) throws IOException {
        while (into.hasRemaining()) {
            if (from.read(into, at + into.position()) < 0) {
                throw new EOFException("a file of the archive ends too early");
            }
        }
        return into;
    }

    /** As Postgres orders them: byte by byte. */
    static int compare(UUID one, UUID other) {
        int order = Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
        return order != 0
                ? order
                : Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
    }

    @Override
    public void close() throws IOException {
        keys.close();
    }
}
