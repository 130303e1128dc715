package io.weir.ledger;

import io.weir.schemas.UsageLog;
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
        Header header = record.headers().lastHeader(UsageLog.CONTEXT);
        Optional<UsageLog.Context> context =
                header == null || header.value() == null ? Optional.empty() : UsageLog.Context.decode(header.value());
        return new LogRecord(
                record.partition(),
                record.offset(),
                arrived,
                record.key(),
                value == null ? new byte[0] : value,
                context.map(UsageLog.Context::received)
                        .filter(received -> !received.isBefore(Instant.EPOCH) && received.isBefore(NEVER))
                        .orElse(arrived),
                context.map(UsageLog.Context::correlation).orElse(""),
                context.map(UsageLog.Context::schemaVersion).orElse(0),
                context.flatMap(UsageLog.Context::reply));
    }
}
