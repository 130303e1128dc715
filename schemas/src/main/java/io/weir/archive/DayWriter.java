package io.weir.archive;

import io.weir.schemas.Json;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a day: events in key order into files of a hidden directory, which gets the day's name at the end. A crash, a full disk
 * or a second writer leaves nothing but that hidden directory. In memory: a buffer of each file, and the counts.
 */
public final class DayWriter implements AutoCloseable {
    static final int LINES_PER_BLOCK = 1_000;
    private static final int KEY_BYTES = 32;

    private final Archive archive;
    private final LocalDate day;
    private final Path place;
    private final DayFile events;
    private final DayFile keys;
    private final DayFile blocks;
    private final Map<String, Manifest.Part> parts = new TreeMap<>();
    private final ByteBuffer key = ByteBuffer.allocate(KEY_BYTES);
    private @Nullable GZIPOutputStream block;
    private @Nullable ArchivedEvent last;
    private long entries;

    DayWriter(Archive archive, LocalDate day, Path place) throws IOException {
        this.archive = archive;
        this.day = day;
        this.place = place;
        this.events = new DayFile(place.resolve(ArchivedDay.EVENTS));
        this.keys = new DayFile(place.resolve(ArchivedDay.KEYS));
        this.blocks = new DayFile(place.resolve(ArchivedDay.BLOCKS));
    }

    /** Adds an event, which comes behind those before it: by key, and entries of one key by when they were recorded. */
    public void add(ArchivedEvent event) throws IOException {
        if (last != null && !behind(last, event)) {
            throw new IllegalArgumentException("keys must rise");
        }
        if (block == null) {
            blocks.write(ByteBuffer.allocate(Long.BYTES).putLong(events.bytes()).array());
            block = new GZIPOutputStream(new Member(events));
        }
        block.write(event.line().getBytes(StandardCharsets.UTF_8));
        block.write('\n');
        key.clear();
        putUuid(event.key());
        putUuid(event.digest());
        keys.write(key.array());
        Manifest.Part part = new Manifest.Part(
                event.tenant(), event.type(), 1, event.held() == null ? 0 : 1, event.time(), event.time());
        parts.merge(event.tenant() + '\u001f' + event.type(), part, DayWriter::plus);
        last = event;
        entries++;
        if (entries % LINES_PER_BLOCK == 0) {
            endBlock();
        }
    }

    /** What a member of gzip is written to: its end, which frees the deflater, is not the file's. */
    private static final class Member extends FilterOutputStream {
        Member(DayFile events) {
            super(events);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            out.write(from, offset, length);
        }

        @Override
        public void close() {}
    }

    private static boolean behind(ArchivedEvent one, ArchivedEvent other) {
        int order = ArchivedDay.compare(one.key(), other.key());
        return order < 0 || order == 0 && one.recordedAt().isBefore(other.recordedAt());
    }

    private void putUuid(UUID uuid) {
        key.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }

    private static Manifest.Part plus(Manifest.Part one, Manifest.Part other) {
        return new Manifest.Part(
                one.tenant(),
                one.eventType(),
                one.entries() + other.entries(),
                one.held() + other.held(),
                one.firstTime().isBefore(other.firstTime()) ? one.firstTime() : other.firstTime(),
                one.lastTime().isAfter(other.lastTime()) ? one.lastTime() : other.lastTime());
    }

    private void endBlock() throws IOException {
        if (block != null) {
            block.close();
            block = null;
        }
    }

    /**
     * Forces everything to the disk and gives the day its place.
     *
     * @param fingerprint of the entries as they were read
     * @throws java.nio.file.FileSystemException where the day is there already: what is there stays
     */
    public Manifest finish(String fingerprint, Instant at) throws IOException {
        endBlock();
        List<Manifest.Content> files = new ArrayList<>(List.of(events.finish(), keys.finish(), blocks.finish()));
        Manifest manifest = new Manifest(
                Manifest.FORM, day, entries, fingerprint, LINES_PER_BLOCK, at, List.copyOf(parts.values()), files);
        try (DayFile file = new DayFile(place.resolve(Manifest.NAME))) {
            file.write(Json.bytes(manifest));
            file.finish();
        }
        Archive.force(place);
        Files.move(place, archive.place(day), StandardCopyOption.ATOMIC_MOVE);
        Archive.force(archive.directory());
        return manifest;
    }

    /** Closes the files; what was not finished is deleted. */
    @Override
    public void close() throws IOException {
        try (events;
                keys;
                blocks) {
            Archive.delete(place);
        }
    }
}
