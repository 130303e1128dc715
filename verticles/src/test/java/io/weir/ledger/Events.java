package io.weir.ledger;

import io.weir.schemas.TenantId;
import io.weir.schemas.UsageLog;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Records of the log as the front door writes them, for the demo tenant's {@code llm.completion}. */
final class Events {
    static final TenantId DEMO = new TenantId("demo");
    static final Instant RECEIVED = Instant.parse("2026-11-20T09:59:59.000001Z");
    static final Instant ARRIVED = Instant.parse("2026-11-20T10:00:00Z");

    private Events() {}

    static String json(String id, String subject, long outputTokens) {
        return json(id, subject, data(outputTokens));
    }

    static String data(long outputTokens) {
        return "{\"model\":\"m1\",\"region\":\"eu\",\"inputTokens\":10,\"outputTokens\":" + outputTokens + "}";
    }

    static String json(String id, String subject, String data) {
        return """
                {"specversion":"1.0","id":"%s","source":"/test","type":"llm.completion","subject":"%s",\
                "time":"2026-11-20T09:50:00Z","data":%s}""".formatted(id, subject, data);
    }

    static LogRecord at(int partition, long offset, String json) {
        return at(partition, offset, json.getBytes(StandardCharsets.UTF_8), UsageLog.key(DEMO, "ws"));
    }

    static LogRecord at(int partition, long offset, byte[] value, @Nullable String key) {
        return new LogRecord(
                partition,
                offset,
                ARRIVED.plusMillis(offset),
                key,
                value,
                RECEIVED,
                "trace-" + partition + "-" + offset,
                1,
                Optional.empty());
    }

    static LogRecord awaited(LogRecord record, long token) {
        return new LogRecord(
                record.partition(),
                record.offset(),
                record.arrivedAt(),
                record.key(),
                record.value(),
                record.receivedAt(),
                record.correlation(),
                record.schemaVersion(),
                Optional.of(new UsageLog.Reply("node-1", token, 0)));
    }
}
