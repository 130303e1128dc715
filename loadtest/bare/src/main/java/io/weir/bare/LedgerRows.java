package io.weir.bare;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.UUID;

/**
 * The rows that Weir writes for one batch of {@code llm.completion} events spread over a hundred customers, ready to bind:
 * ids, entries, aggregates of three meters, the month's usage of each, and the change feed. No event repeats.
 */
record LedgerRows(int events, Tuple ids, Tuple entries, Tuple aggregates, Tuple months, Tuple changes) {
    private static final int CUSTOMERS = 100;
    private static final String[] METERS = {"llm_input_tokens", "llm_output_tokens", "llm_requests"};
    private static final String DIMENSIONS = "{\"model\":\"m1\",\"region\":\"bench\"}";
    private static final String TENANT = "demo";

    /** Rows of events {@code first} to {@code first + events - 1}, recorded at the given time. */
    static LedgerRows of(long first, int events, OffsetDateTime time) {
        Long[] numbers = new Long[events];
        UUID[] keys = new UUID[events];
        for (int event = 0; event < events; event++) {
            numbers[event] = first + event;
            keys[event] = digest("key " + numbers[event]);
        }
        Integer[] order = new Integer[events];
        Arrays.setAll(order, event -> event);
        Arrays.sort(order, Comparator.comparing(event -> keys[event].toString()));
        UUID[] sorted = new UUID[events];
        UUID[] digests = new UUID[events];
        for (int event = 0; event < events; event++) {
            sorted[event] = keys[order[event]];
            digests[event] = digest("content " + numbers[order[event]]);
        }
        Tuple ids = Tuple.tuple().addArrayOfUUID(sorted).addArrayOfUUID(digests).addOffsetDateTime(time);
        return new LedgerRows(
                events,
                ids,
                entries(numbers, keys, time),
                aggregates(events, time),
                months(events, time),
                changes(events));
    }

    /** Parameters that advance a loop's partitions by this batch. */
    Tuple progress(String topic, Integer[] partitions) {
        int count = partitions.length;
        OffsetDateTime time = ids.getOffsetDateTime(2);
        return Tuple.of(topic)
                .addArrayOfInteger(partitions)
                .addArrayOfLong(longs(count, events))
                .addArrayOfOffsetDateTime(times(count, time))
                .addArrayOfLong(longs(count, events / count))
                .addArrayOfLong(longs(count, 0))
                .addArrayOfLong(longs(count, 0))
                .addArrayOfLong(longs(count, 0))
                .addArrayOfLong(longs(count, 0))
                .addArrayOfLong(longs(count, 0))
                .addArrayOfLong(longs(count, 0));
    }

    private static Tuple entries(Long[] numbers, UUID[] keys, OffsetDateTime time) {
        int events = numbers.length;
        return Tuple.of(time, 17L)
                .addArrayOfOffsetDateTime(times(events, time))
                .addArrayOfOffsetDateTime(times(events, time))
                .addArrayOfOffsetDateTime(times(events, time))
                .addArrayOfLong(numbers)
                .addArrayOfInteger(integers(events, 0))
                .addArrayOfInteger(integers(events, 1))
                .addArrayOfInteger(integers(events, 1))
                .addArrayOfUUID(keys)
                .addArrayOfBuffer(traces(keys))
                .addArrayOfString(texts(events, event -> ""))
                .addArrayOfString(texts(events, event -> "lx3k9w2a01-" + (100_000_000_000L + numbers[event]) + "-00"))
                .addArrayOfString(texts(events, event -> "ws-" + customer(event)))
                .addArrayOfString(texts(
                        events,
                        event -> "{\"model\":\"m1\",\"region\":\"bench\",\"inputTokens\":1,\"outputTokens\":1}"));
    }

    private static Buffer[] traces(UUID[] keys) {
        Buffer[] traces = new Buffer[keys.length];
        Arrays.setAll(
                traces,
                event -> Buffer.buffer()
                        .appendLong(keys[event].getMostSignificantBits())
                        .appendLong(keys[event].getLeastSignificantBits()));
        return traces;
    }

    private static Tuple aggregates(int events, OffsetDateTime time) {
        int rows = Math.min(events, CUSTOMERS) * METERS.length;
        OffsetDateTime quarter = time.truncatedTo(ChronoUnit.HOURS).plusMinutes(time.getMinute() / 15 * 15L);
        return Tuple.tuple()
                .addArrayOfString(texts(rows, row -> TENANT))
                .addArrayOfString(texts(rows, row -> METERS[row / (rows / METERS.length)]))
                .addArrayOfString(texts(rows, row -> "cust-" + customer(row % (rows / METERS.length))))
                .addArrayOfOffsetDateTime(times(rows, quarter))
                .addArrayOfString(texts(rows, row -> "sub-" + customer(row % (rows / METERS.length))))
                .addArrayOfLong(longs(rows, 3))
                .addArrayOfString(texts(rows, row -> DIMENSIONS))
                .addArrayOfInteger(integers(rows, 1))
                .addArrayOfString(texts(rows, row -> Integer.toString(Math.max(1, events / CUSTOMERS))))
                .addArrayOfLong(longs(rows, Math.max(1, events / CUSTOMERS)));
    }

    private static Tuple months(int events, OffsetDateTime time) {
        int rows = Math.min(events, CUSTOMERS) * METERS.length;
        LocalDate[] months = new LocalDate[rows];
        Arrays.fill(months, time.toLocalDate().withDayOfMonth(1));
        return Tuple.tuple()
                .addArrayOfString(texts(rows, row -> TENANT))
                .addArrayOfString(texts(rows, row -> "cust-" + customer(row / METERS.length)))
                .addArrayOfString(texts(rows, row -> METERS[row % METERS.length]))
                .addArrayOfLocalDate(months)
                .addArrayOfString(texts(rows, row -> Integer.toString(Math.max(1, events / CUSTOMERS))))
                .addArrayOfLong(longs(rows, Math.max(1, events / CUSTOMERS)));
    }

    private static Tuple changes(int events) {
        int rows = Math.min(events, CUSTOMERS);
        return Tuple.tuple()
                .addArrayOfString(texts(rows, row -> TENANT))
                .addArrayOfString(texts(rows, row -> "cust-" + customer(row)))
                .addString("usage");
    }

    private static String customer(int row) {
        return "%03d".formatted(row % CUSTOMERS + 1);
    }

    private static OffsetDateTime[] times(int count, OffsetDateTime value) {
        OffsetDateTime[] values = new OffsetDateTime[count];
        Arrays.fill(values, value.withOffsetSameInstant(ZoneOffset.UTC));
        return values;
    }

    private static Long[] longs(int count, long value) {
        Long[] values = new Long[count];
        Arrays.fill(values, value);
        return values;
    }

    private static Integer[] integers(int count, int value) {
        Integer[] values = new Integer[count];
        Arrays.fill(values, value);
        return values;
    }

    private static String[] texts(int count, java.util.function.IntFunction<String> value) {
        String[] values = new String[count];
        Arrays.setAll(values, value);
        return values;
    }

    private static UUID digest(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            return new UUID(bytes.getLong(), bytes.getLong());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
