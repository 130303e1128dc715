package io.weir.reconciliation;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the counted events of quarter hours and customers in which a meter's aggregate is not what they add up to. They come quarter
 * by quarter, of each one customer and meter after the other, so what is held is bounded: of a quarter, of an hour and in all the
 * first events that one page takes.
 */
final class BehindMetered {
    private static final char SEPARATOR = '\u001e';

    /** A counted event, and where it stands in the list. */
    record Event(
            Instant hour,
            String key,
            String type,
            String source,
            String id,
            @Nullable String subscription) {}

    /** What is found, with where it stands in the list. */
    record Found(Event event, Reconciliation.Behind behind) {}

    /** The events of one quarter hour, customer and meter. */
    private static final class Quarter {
        private final OffsetDateTime bucket;
        private final String customer;
        private final String meter;
        private final long meteredEvents;
        private final BigDecimal metered;
        private final TreeMap<String, Event> first = new TreeMap<>();
        private long events;
        private BigDecimal value = BigDecimal.ZERO;

        Quarter(Row row) {
            bucket = row.getOffsetDateTime("bucket");
            customer = row.getString("customer");
            meter = row.getString("meter");
            meteredEvents = row.getLong("metered_events");
            metered = row.getBigDecimal("metered_value");
        }

        boolean has(Row row) {
            return bucket.isEqual(row.getOffsetDateTime("bucket"))
                    && customer.equals(row.getString("customer"))
                    && meter.equals(row.getString("meter"));
        }

        boolean wrong() {
            return events != meteredEvents || value.compareTo(metered) != 0;
        }

        Found found(Event event) {
            return new Found(
                    event,
                    new Reconciliation.Behind(
                            "event",
                            event.hour,
                            event.type,
                            event.source,
                            event.id,
                            null,
                            customer,
                            event.subscription,
                            meter,
                            "the quarter hour has " + events + " such events, and " + meteredEvents + " are metered"));
        }
    }

    private final Filters filters;
    private final @Nullable Cursor after;
    private final int most;
    private final List<Found> found = new ArrayList<>();
    private final TreeMap<String, Found> ofTheHour = new TreeMap<>();
    private @Nullable Quarter quarter;

    private BehindMetered(Filters filters, @Nullable Cursor after, int most) {
        this.filters = filters;
        this.after = after;
        this.most = most;
    }

    /**
     * The first of them, behind a place in the list, oldest hour first.
     *
     * @param span the parameters of {@link ReconciliationTable#QUARTERS}
     * @param most so many of them, or a few more
     */
    static Future<List<Found>> find(
            SqlConnection sql, Filters filters, Tuple span, @Nullable Cursor after, int most, int pageRows) {
        BehindMetered search = new BehindMetered(filters, after, most);
        return Passing.through(sql, ReconciliationTable.QUARTERS, span, pageRows, search::read)
                .map(done -> search.whole() ? search.found : search.ended());
    }

    private boolean read(Row row) {
        if (quarter == null || !quarter.has(row)) {
            end();
            Instant hour = hour(row);
            if (!ofTheHour.isEmpty()
                    && ofTheHour.firstEntry().getValue().event.hour.isBefore(hour)) {
                endHour();
            }
            quarter = new Quarter(row);
        }
        if (filters.take(row)) {
            add(quarter, row);
        }
        return !whole();
    }

    /** Whether the page is: what comes later is of later hours. */
    private boolean whole() {
        return found.size() >= most;
    }

    private List<Found> ended() {
        end();
        endHour();
        return found;
    }

    private void add(Quarter to, Row row) {
        to.events++;
        to.value = to.value.add(row.getBigDecimal("value"));
        Event event = new Event(
                hour(row),
                row.getString("event_key") + SEPARATOR + to.meter,
                row.getString("event_type"),
                row.getString("source"),
                row.getString("id"),
                row.getString("subscription"));
        boolean behind = after == null
                || event.hour.isAfter(after.instant())
                || event.hour.equals(after.instant()) && event.key.compareTo(after.last()) > 0;
        if (behind) {
            bounded(to.first, event.key, event);
        }
    }

    /** Ends the quarter under way: where it is wrong its events are behind the variance. */
    private void end() {
        Quarter ended = quarter;
        if (ended != null && ended.wrong()) {
            ended.first.values().forEach(event -> bounded(ofTheHour, event.key, ended.found(event)));
        }
        quarter = null;
    }

    private void endHour() {
        found.addAll(ofTheHour.values());
        ofTheHour.clear();
    }

    private <T> void bounded(TreeMap<String, T> kept, String key, T value) {
        kept.put(key, value);
        if (kept.size() > most) {
            kept.pollLastEntry();
        }
    }

    private static Instant hour(Row row) {
        return row.getOffsetDateTime("bucket").toInstant().truncatedTo(ChronoUnit.HOURS);
    }
}
