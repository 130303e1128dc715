package io.weir.reconciliation;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Decimals;
import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What each stage holds, gathered by hour and type, and in what they differ. */
final class Stages {
    private record Key(Instant hour, String type) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = hour.compareTo(other.hour);
            return order != 0 ? order : type.compareTo(other.type);
        }
    }

    private static final class Cell {
        private @Nullable Long sent;
        private long recordedOfSources;
        private long read;
        private long duplicates;
        private long conflicts;
        private long unreadable;
        private long tooLate;
        private long recorded;
        private long recovered;
        private long backfilled;
        private long held;
        private long reversed;
        private long replacements;
        private final Map<String, BigDecimal> sums = new TreeMap<>();
        private final Map<String, BigDecimal> recordedSums = new TreeMap<>();
        private final Map<String, MeterCell> meters = new TreeMap<>();

        private MeterCell meter(Row row) {
            return meters.computeIfAbsent(row.getString("meter"), absent -> new MeterCell());
        }
    }

    private static final class MeterCell {
        private long expectedEvents;
        private BigDecimal expected = BigDecimal.ZERO;
        private long meteredEvents;
        private BigDecimal metered = BigDecimal.ZERO;
        private boolean priced;
        private BigDecimal rated = BigDecimal.ZERO;
        private BigDecimal posted = BigDecimal.ZERO;
        private BigDecimal inErp = BigDecimal.ZERO;
    }

    private final TreeMap<Key, Cell> cells = new TreeMap<>();

    private long unaccounted;

    void unaccounted(Row row) {
        unaccounted = row.getLong("records");
    }

    long unaccounted() {
        return unaccounted;
    }

    private Cell cell(Row row) {
        Key key = new Key(row.getOffsetDateTime("hour").toInstant(), row.getString("event_type"));
        return cells.computeIfAbsent(key, absent -> new Cell());
    }

    void sent(Row row) {
        Cell cell = cell(row);
        cell.sent = row.getLong("sent");
        for (JsonNode sums : Json.tree(row.getString("sums"))) {
            sums.properties()
                    .forEach(sum -> cell.sums.merge(
                            sum.getKey(), new BigDecimal(sum.getValue().asString()), BigDecimal::add));
        }
    }

    void recordedOfSources(Row row) {
        cell(row).recordedOfSources = row.getLong("recorded");
    }

    void recordedSums(Row row) {
        cell(row).recordedSums.put(row.getString("pointer"), row.getBigDecimal("value"));
    }

    void read(Row row) {
        Cell cell = cell(row);
        cell.read = row.getLong("recorded");
        cell.duplicates = row.getLong("duplicates");
        cell.conflicts = row.getLong("conflicts");
        cell.unreadable = row.getLong("unreadable");
        cell.tooLate = row.getLong("too_late");
    }

    void recorded(Row row) {
        Cell cell = cell(row);
        cell.recorded = row.getLong("recorded");
        cell.held = row.getLong("held");
        cell.recovered = row.getLong("recovered");
        cell.backfilled = row.getLong("backfilled");
        cell.reversed = row.getLong("reversed");
        cell.replacements = row.getLong("replacements");
    }

    void expected(Row row) {
        expected(row, row.getLong("events"));
    }

    /** An entry that the meter's filter takes. */
    void taken(Row row) {
        expected(row, 1);
    }

    private void expected(Row row, long events) {
        MeterCell meter = cell(row).meter(row);
        meter.expectedEvents += events;
        meter.expected = meter.expected.add(row.getBigDecimal("value"));
    }

    void metered(Row row) {
        MeterCell meter = cell(row).meter(row);
        meter.meteredEvents = row.getLong("events");
        meter.metered = row.getBigDecimal("value");
        meter.priced = row.getBoolean("priced");
    }

    void rated(Row row) {
        MeterCell meter = cell(row).meter(row);
        meter.priced = true;
        meter.rated = row.getBigDecimal("rated");
        meter.posted = row.getBigDecimal("posted");
        meter.inErp = row.getBigDecimal("in_erp");
    }

    List<Reconciliation.Row> rows() {
        List<Reconciliation.Row> rows = new ArrayList<>();
        cells.forEach((key, cell) -> rows.add(row(key, cell)));
        return rows;
    }

    private static Reconciliation.Row row(Key key, Cell cell) {
        List<Reconciliation.MeterRow> meters = new ArrayList<>();
        cell.meters.forEach((meter, of) -> meters.add(meter(meter, of)));
        return new Reconciliation.Row(
                key.hour,
                key.type,
                cell.sent,
                cell.read + cell.duplicates + cell.conflicts + cell.unreadable + cell.tooLate,
                cell.recorded,
                cell.backfilled,
                cell.recovered,
                cell.duplicates,
                cell.conflicts,
                cell.unreadable,
                cell.tooLate,
                cell.held,
                cell.reversed,
                cell.replacements,
                cell.recorded - cell.reversed + cell.replacements - cell.held,
                cell.sums.isEmpty() ? null : sums(cell),
                meters,
                differences(cell));
    }

    private static Map<String, Reconciliation.Sums> sums(Cell cell) {
        Map<String, Reconciliation.Sums> sums = new TreeMap<>();
        cell.sums.forEach((pointer, sent) -> sums.put(
                pointer, new Reconciliation.Sums(Decimals.text(sent), Decimals.text(recorded(cell, pointer)))));
        return sums;
    }

    private static BigDecimal recorded(Cell cell, String pointer) {
        return cell.recordedSums.getOrDefault(pointer, BigDecimal.ZERO);
    }

    private static Reconciliation.MeterRow meter(String meter, MeterCell of) {
        return new Reconciliation.MeterRow(
                meter,
                new Reconciliation.Quantity(of.expectedEvents, Decimals.text(of.expected)),
                new Reconciliation.Quantity(of.meteredEvents, Decimals.text(of.metered)),
                of.priced ? Decimals.text(of.rated) : null,
                of.priced ? Decimals.text(of.posted) : null,
                of.priced ? Decimals.text(of.inErp) : null);
    }

    private static List<Reconciliation.Difference> differences(Cell cell) {
        List<Reconciliation.Difference> found = new ArrayList<>();
        if (cell.sent != null) {
            events(found, Variance.SENT, cell.sent - cell.recordedOfSources);
        }
        cell.sums.forEach((pointer, sent) -> {
            BigDecimal less = sent.subtract(recorded(cell, pointer));
            if (less.signum() != 0) {
                found.add(new Reconciliation.Difference(Variance.SENT, null, pointer, null, Decimals.text(less)));
            }
        });
        events(found, Variance.UNEXPLAINED, cell.read - (cell.recorded - cell.recovered - cell.backfilled));
        events(found, Variance.HELD, cell.held);
        cell.meters.forEach((meter, of) -> {
            BigDecimal less = of.expected.subtract(of.metered);
            if (of.expectedEvents != of.meteredEvents || less.signum() != 0) {
                found.add(new Reconciliation.Difference(
                        Variance.METERED, meter, null, of.expectedEvents - of.meteredEvents, Decimals.text(less)));
            }
            if (of.priced) {
                value(found, Variance.RATED, meter, of.metered.subtract(of.rated));
                value(found, Variance.POSTED, meter, of.rated.subtract(of.posted));
                value(found, Variance.IN_ERP, meter, of.posted.subtract(of.inErp));
            }
        });
        return found;
    }

    private static void events(List<Reconciliation.Difference> found, Variance variance, long less) {
        if (less != 0) {
            found.add(new Reconciliation.Difference(variance, null, null, less, null));
        }
    }

    private static void value(List<Reconciliation.Difference> found, Variance variance, String meter, BigDecimal less) {
        if (less.signum() != 0) {
            found.add(new Reconciliation.Difference(variance, meter, null, null, Decimals.text(less)));
        }
    }
}
