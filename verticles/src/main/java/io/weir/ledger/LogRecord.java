package io.weir.ledger;

import io.weir.schemas.Ids;
import io.weir.schemas.UsageLog;
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
        Optional<UsageLog.Reply> reply) {
    /** In place of a partition: it came by a backfill set, and its offset is its line there. */
    static final int BY_SET = -3;

    /** The year 10000: what lies behind it, or before 1970, was not received then, and may be beyond what can be stored. */
    private static final Instant NEVER = Instant.ofEpochSecond(253_402_300_800L);

    static LogRecord of(ConsumerRecord<String, byte[]> record) {
        Instant arrived = Instant.ofEpochMilli(record.timestamp());
        byte[] value = record.value();
        byte[] correlation = new byte[0];
        Optional<UsageLog.Context> context = Optional.empty();
        for (Header header : record.headers()) {
            if (header.value() != null && header.key().equals(UsageLog.CORRELATION)) {
                correlation = header.value();
            } else if (header.value() != null && header.key().equals(UsageLog.CONTEXT)) {
                context = UsageLog.Context.decode(header.value());
            }
        }
        return new LogRecord(
                record.partition(),
                record.offset(),
                arrived,
                record.key(),
                value == null ? new byte[0] : value,
                context.map(UsageLog.Context::received)
                        .filter(received -> !received.isBefore(Instant.EPOCH) && received.isBefore(NEVER))
                        .orElse(arrived),
                correlation(correlation),
                context.map(UsageLog.Context::schemaVersion).orElse(0),
                context.flatMap(UsageLog.Context::reply));
    }

    /** What is no id is left out: it could not be stored. */
    private static String correlation(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.US_ASCII);
        return Ids.valid(text) ? text : "";
    }
}
