package io.weir.ledger;

import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.TreeMap;

/** How far a batch advances each partition, and what it tallies there. */
final class Progress {
    private static final class Row {
        private long next;
        private Instant arrived = Instant.EPOCH;
        private long recorded;
        private long duplicates;
        private long conflicts;
        private long held;
        private long unreadable;
        private long uncounted;
        private long tooLate;
    }

    private final TreeMap<Integer, Row> rows = new TreeMap<>();

    private Progress() {}

    static Progress of(Batch batch, Rows rows) {
        Progress progress = new Progress();
        for (LogRecord record : batch.records()) {
            Row row = progress.row(record);
            row.next = Math.max(row.next, record.offset() + 1);
            row.arrived = record.arrivedAt().isAfter(row.arrived) ? record.arrivedAt() : row.arrived;
        }
        for (Batch.Outcome outcome : batch.outcomes()) {
            Row row = progress.row(outcome.record());
            switch (outcome.status()) {
                case RECORDED -> row.recorded++;
                case DUPLICATE -> row.duplicates++;
                case CONFLICT -> row.conflicts++;
                case ACCEPTED -> row.tooLate++;
                case REJECTED, NOT_TAKEN ->
                    throw new IllegalStateException("no outcome of a recording: " + outcome.status());
            }
        }
        rows.held().forEach(entry -> progress.row(entry.event().record()).held++);
        rows.uncounted().forEach(entry -> progress.row(entry.event().record()).uncounted++);
        batch.unreadable().forEach(bad -> progress.row(bad.record()).unreadable++);
        return progress;
    }

    private Row row(LogRecord record) {
        return rows.computeIfAbsent(record.partition(), partition -> new Row());
    }

    /** The parameters of ADVANCE_PROGRESS. */
    Tuple tuple(String topic) {
        return Columns.after(topic)
                .ints(rows.keySet(), partition -> partition)
                .longs(rows.values(), row -> row.next)
                .times(rows.values(), row -> row.arrived)
                .longs(rows.values(), row -> row.recorded)
                .longs(rows.values(), row -> row.duplicates)
                .longs(rows.values(), row -> row.conflicts)
                .longs(rows.values(), row -> row.held)
                .longs(rows.values(), row -> row.unreadable)
                .longs(rows.values(), row -> row.uncounted)
                .longs(rows.values(), row -> row.tooLate)
                .tuple();
    }
}
