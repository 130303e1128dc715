package io.weir.ledger;

import io.weir.schemas.Ids;
import io.weir.schemas.UsageLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record of the log as it was read: nothing of it is trusted to be readable but its place.
 *
 * @param arrivedAt the broker's append time
 * @param reply who waits for its recording
 */
record LogRecord(
        int partition,
        long offset,
        Instant arrivedAt,
        @Nullable String key,
        byte[] value,
        Instant receivedAt,
        String correlation,
        int schemaVersion,
        Optional<Reply> reply) {
    private static final long MILLION = 1_000_000L;
    /** The end of the year 9999: what lies behind it, or before 1970, was not received then. */
    private static final long LATEST_MICROS = 253_402_300_799_999_999L;

    private static final int ADDRESS_AT = Long.BYTES + Integer.BYTES;

    /** Who waits: a request of a node, and the event's place in it. */
    record Reply(String node, long token, int index) {}

    static LogRecord of(ConsumerRecord<String, byte[]> record) {
        Instant arrived = Instant.ofEpochMilli(record.timestamp());
        byte[] value = record.value();
        return new LogRecord(
                record.partition(),
                record.offset(),
                arrived,
                record.key(),
                value == null ? new byte[0] : value,
                received(header(record, UsageLog.RECEIVED), arrived),
                correlation(header(record, UsageLog.CORRELATION)),
                schema(header(record, UsageLog.SCHEMA)),
                reply(header(record, UsageLog.REPLY)));
    }

    private static byte[] header(ConsumerRecord<?, ?> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? new byte[0] : header.value();
    }

    private static Instant received(byte[] bytes, Instant arrived) {
        if (bytes.length != Long.BYTES) {
            return arrived;
        }
        long micros = ByteBuffer.wrap(bytes).getLong();
        if (micros < 0 || micros > LATEST_MICROS) {
            return arrived;
        }
        return Instant.ofEpochSecond(Math.floorDiv(micros, MILLION), Math.floorMod(micros, MILLION) * 1_000);
    }

    private static String correlation(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.US_ASCII);
        return Ids.valid(text) ? text : "";
    }

    private static int schema(byte[] bytes) {
        return bytes.length == Integer.BYTES ? ByteBuffer.wrap(bytes).getInt() : 0;
    }

    private static Optional<Reply> reply(byte[] bytes) {
        if (bytes.length <= ADDRESS_AT) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return Optional.of(new Reply(
                new String(bytes, ADDRESS_AT, bytes.length - ADDRESS_AT, StandardCharsets.US_ASCII),
                in.getLong(),
                in.getInt()));
    }
}
