package io.weir.ledger;

import io.vertx.sqlclient.Tuple;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a batch read from the log, by tenant, hour, type and partition, in key order: counted apart from the entries that are made
 * of it, so that one can be held to the other.
 */
final class Tally {
    /** A row of ledger_tally. */
    record Key(String tenant, Instant hour, String type, int partition) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = tenant.compareTo(other.tenant);
            order = order != 0 ? order : hour.compareTo(other.hour);
            order = order != 0 ? order : type.compareTo(other.type);
            return order != 0 ? order : Integer.compare(partition, other.partition);
        }
    }

    private static final class Counts {
        private long recorded;
        private long duplicates;
        private long conflicts;
        private long unreadable;
        private long tooLate;
    }

    private static final long SECONDS_AN_HOUR = 3_600;

    private final TreeMap<Key, Counts> rows = new TreeMap<>();
    /** Events of one key mostly follow each other. */
    private @Nullable Key last;

    private long lastHour;
    private Counts lastCounts = new Counts();

    void count(LoggedEvent event, ReceiptStatus status) {
        Counts counts = counts(event.tenant(), event.time(), event.type(), event.record());
        switch (status) {
            case RECORDED -> counts.recorded++;
            case DUPLICATE -> counts.duplicates++;
            case CONFLICT -> counts.conflicts++;
            case ACCEPTED -> counts.tooLate++;
            case REJECTED, NOT_TAKEN -> throw new IllegalStateException("no outcome of a recording: " + status);
        }
    }

    /** Counts a record that is no event, where it tells whose it is. */
    void unreadable(LogRecord record) {
        String tenant = LoggedEvent.tenantOf(record);
        if (!tenant.isEmpty()) {
            counts(new TenantId(tenant), record.arrivedAt(), "", record).unreadable++;
        }
    }

    private Counts counts(TenantId tenant, Instant time, String type, LogRecord record) {
        long hour = Math.floorDiv(time.getEpochSecond(), SECONDS_AN_HOUR);
        if (last == null
                || record.partition() != last.partition
                || hour != lastHour
                || !type.equals(last.type)
                || !tenant.value().equals(last.tenant)) {
            last = new Key(tenant.value(), Instant.ofEpochSecond(hour * SECONDS_AN_HOUR), type, record.partition());
            lastHour = hour;
            lastCounts = rows.computeIfAbsent(last, absent -> new Counts());
        }
        return lastCounts;
    }

    /** The parameters of ADD_TALLY. */
    Tuple tuple() {
        return Columns.after()
                .text(rows.keySet(), Key::tenant)
                .times(rows.keySet(), Key::hour)
                .text(rows.keySet(), Key::type)
                .ints(rows.keySet(), Key::partition)
                .longs(rows.values(), counts -> counts.recorded)
                .longs(rows.values(), counts -> counts.duplicates)
                .longs(rows.values(), counts -> counts.conflicts)
                .longs(rows.values(), counts -> counts.unreadable)
                .longs(rows.values(), counts -> counts.tooLate)
                .tuple();
    }
}
