package io.weir.gateway;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.FileLogInputStream.FileChannelRecordBatch;
import org.apache.kafka.common.record.FileRecords;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records on this node's disk, in the order in which they were kept: segment files in Kafka's own form of record batches, with its
 * checksums.
 *
 * <p>One thread appends, and one other reads and cuts. A group is durable when {@link #append} returns: its file is forced, and
 * the directory too where the file is new. What was not forced is never read. A torn end, from a crash in the middle of an
 * append, was promised to nobody and is cut off at the next opening; how far was read is kept nowhere, so after a crash a segment
 * is read again from its beginning, and its records come twice.
 */
final class SpillJournal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SpillJournal.class);
    private static final String SUFFIX = ".spill";
    private static final int BATCH_OVERHEAD = 256;

    private final Path directory;
    private final int segmentBytes;
    private final Deque<Segment> segments = new ArrayDeque<>();
    private @Nullable Segment active;
    private final AtomicLong bytes = new AtomicLong();
    private long next;

    private static final class Segment {
        private final FileRecords records;
        private final AtomicInteger durable;
        private int read;
        private int cut;

        private Segment(FileRecords records) {
            this.records = records;
            this.durable = new AtomicInteger(records.sizeInBytes());
        }
    }

    /** Records that were kept together, and where they end. */
    static final class Group {
        private final Segment segment;
        private final int end;
        private final long keptAtMillis;
        private final List<ProducerRecord<String, byte[]>> records;

        private Group(Segment segment, int end, long keptAtMillis, List<ProducerRecord<String, byte[]>> records) {
            this.segment = segment;
            this.end = end;
            this.keptAtMillis = keptAtMillis;
            this.records = records;
        }

        List<ProducerRecord<String, byte[]>> records() {
            return records;
        }

        long keptAtMillis() {
            return keptAtMillis;
        }
    }

    private SpillJournal(Path directory, int segmentBytes) {
        this.directory = directory;
        this.segmentBytes = segmentBytes;
    }

    /** Opens what is there; a torn end is cut off. */
    static SpillJournal open(Path directory, int segmentBytes) throws IOException {
        Files.createDirectories(directory);
        SpillJournal journal = new SpillJournal(directory, segmentBytes);
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(path -> path.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            journal.recover(file.toFile());
        }
        return journal;
    }

    private void recover(File file) throws IOException {
        FileRecords records = FileRecords.open(file);
        int whole = 0;
        try {
            for (FileChannelRecordBatch batch : records.batches()) {
                batch.ensureValid();
                whole = batch.position() + batch.sizeInBytes();
                next = Math.max(next, batch.lastOffset() + 1);
            }
        } catch (KafkaException | IllegalArgumentException torn) {
            LOG.warn("spill.torn file={} from={} bytes={}", file, whole, records.sizeInBytes());
        }
        if (whole < records.sizeInBytes()) {
            records.truncateTo(whole);
            records.flush();
        }
        if (whole == 0) {
            records.close();
            Files.deleteIfExists(file.toPath());
        } else {
            segments.add(new Segment(records));
            bytes.addAndGet(whole);
        }
    }

    /** Keeps records, all or none; durable when it returns. Nothing is ever written behind what could not be forced. */
    void append(List<ProducerRecord<String, byte[]>> records, long nowMillis) throws IOException {
        MemoryRecords group = group(records, nowMillis);
        try {
            Segment into = segment();
            into.records.append(group);
            into.records.flush();
            into.durable.addAndGet(group.sizeInBytes());
            bytes.addAndGet(group.sizeInBytes());
            next += records.size();
        } catch (IOException | RuntimeException e) {
            Segment failed = active;
            active = null;
            if (failed != null) {
                undo(failed);
            }
            throw e instanceof IOException io ? io : new IOException(e);
        }
    }

    private static void undo(Segment failed) {
        try {
            failed.records.truncateTo(failed.durable.get());
        } catch (IOException | RuntimeException e) {
            LOG.warn("spill.undo failure={}", e.toString());
        }
    }

    private MemoryRecords group(List<ProducerRecord<String, byte[]>> records, long nowMillis) {
        int size = BATCH_OVERHEAD;
        for (ProducerRecord<String, byte[]> record : records) {
            size += record.value().length + BATCH_OVERHEAD;
        }
        try (MemoryRecordsBuilder builder =
                MemoryRecords.builder(ByteBuffer.allocate(size), Compression.NONE, TimestampType.CREATE_TIME, next)) {
            for (ProducerRecord<String, byte[]> record : records) {
                builder.append(
                        nowMillis,
                        Utils.utf8(record.key()),
                        record.value(),
                        record.headers().toArray());
            }
            return builder.build();
        }
    }

    private Segment segment() throws IOException {
        Segment present = active;
        if (present != null && present.durable.get() < segmentBytes) {
            return present;
        }
        File file = directory.resolve("%020d%s".formatted(next, SUFFIX)).toFile();
        Segment made = new Segment(FileRecords.open(file));
        synchronized (this) {
            active = made;
            segments.add(made);
        }
        force(directory);
        return made;
    }

    /** Writes and forces something, to see whether it can be; gone afterwards. */
    void probe() throws IOException {
        Path file = directory.resolve("probe");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(4_096));
            channel.force(true);
        }
        Files.deleteIfExists(file);
        force(directory);
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The next group that was not read yet; empty where there is none. */
    synchronized Optional<Group> read() {
        for (Segment segment : segments) {
            if (segment.read < segment.durable.get()) {
                FileChannelRecordBatch batch = nextOf(segment);
                batch.ensureValid();
                segment.read = batch.position() + batch.sizeInBytes();
                return Optional.of(new Group(segment, segment.read, batch.maxTimestamp(), records(batch)));
            }
        }
        return Optional.empty();
    }

    private static FileChannelRecordBatch nextOf(Segment segment) {
        Iterator<FileChannelRecordBatch> batches =
                segment.records.batchesFrom(segment.read).iterator();
        return batches.next();
    }

    /** As they were given, but without a topic: whose that is, who sends them knows. */
    private static List<ProducerRecord<String, byte[]>> records(RecordBatch batch) {
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        for (Record record : batch) {
            records.add(new ProducerRecord<>(
                    UNSENT, null, Utils.utf8(record.key()), Utils.toArray(record.value()), List.of(record.headers())));
        }
        return records;
    }

    private static final String UNSENT = "-";

    /** Cuts off everything up to the end of this group: it is elsewhere now. */
    synchronized void cut(Group group) throws IOException {
        group.segment.cut = group.end;
        Iterator<Segment> oldest = segments.iterator();
        while (oldest.hasNext()) {
            Segment segment = oldest.next();
            if (segment == active || segment.cut < segment.durable.get()) {
                return;
            }
            oldest.remove();
            delete(segment);
        }
    }

    /** Reads again from what is not cut off yet. */
    synchronized void rewind() {
        segments.forEach(segment -> segment.read = segment.cut);
    }

    /** Deletes the last segment too, where all of it is cut off. Only while nobody appends. */
    synchronized void clear() throws IOException {
        if (!isEmpty()) {
            return;
        }
        for (Segment segment : segments) {
            delete(segment);
        }
        segments.clear();
        active = null;
    }

    private void delete(Segment segment) throws IOException {
        segment.records.deleteIfExists();
        bytes.addAndGet(-segment.durable.get());
    }

    /** Whether all that was kept is cut off. */
    synchronized boolean isEmpty() {
        return segments.stream().allMatch(segment -> segment.cut >= segment.durable.get());
    }

    /** When the oldest record was kept; 0 where there is none. */
    synchronized long oldestMillis() {
        return segments.isEmpty()
                ? 0
                : segments.getFirst().records.batches().iterator().next().maxTimestamp();
    }

    /** Bytes on the disk. */
    long bytes() {
        return bytes.get();
    }

    @Override
    public synchronized void close() throws IOException {
        for (Segment segment : segments) {
            segment.records.close();
        }
    }
}
