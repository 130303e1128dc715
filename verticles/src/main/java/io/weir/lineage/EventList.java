package io.weir.lineage;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Cursor;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Lists recorded events, newest first by their time; safe to be called from any thread.
 *
 * <p>Entries have no index by customer: it would cost every event that is recorded. The list reads back in spans of event time
 * instead, each twice as long as the one before, by the small index that says in which pages a time lies, and ends when the
 * page is full: so what is recent is found in what is recent.
 */
public final class EventList {
    private static final Duration FIRST_SPAN = Duration.ofHours(1);
    /** After so many doublings, some half a year, the rest is read at once. */
    private static final int DOUBLINGS = 12;

    private final Pool report;

    /** @param report connections of the flow class that answers reports */
    public EventList(Pool report) {
        this.report = report;
    }

    /**
     * Which events; null for all.
     *
     * @param customers only theirs; what is held has no customer yet
     * @param from of the event's time, inclusive
     * @param to exclusive
     * @param state as {@link EventItem} has it
     */
    public record Filter(
            @Nullable Collection<CustomerId> customers,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String type,
            @Nullable String state) {}

    /** A row as it was read, with its place in the list. */
    private record Found(EventItem item, UUID key) {
        static Found of(Row row) {
            return new Found(LineageTable.item(row), row.getUUID("event_key"));
        }

        Cursor cursor() {
            return Cursor.of(item.time(), key.toString());
        }
    }

    /** A page of events; {@code latest} is the latest time that an event can have. */
    public Future<Page<EventItem>> list(
            TenantId tenant, Filter filter, Instant latest, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        Instant to = after != null ? after.instant().plusNanos(1_000) : filter.to() != null ? filter.to() : latest;
        Reading reading = new Reading(tenant, filter, limit, after, new ArrayList<>());
        return read(reading, to, 0).map(found -> {
            Page<Found> page = Page.upTo(found, limit, Found::cursor);
            return new Page<>(page.items().stream().map(Found::item).toList(), page.next());
        });
    }

    /** What is read, and what was found until now. */
    private record Reading(
            TenantId tenant,
            Filter filter,
            int limit,
            @Nullable Cursor after,
            List<Found> found) {
        Tuple parameters(Instant from, Instant to) {
            Collection<CustomerId> customers = filter.customers();
            return Tuple.of(tenant.value(), Instants.utc(from), Instants.utc(to))
                    .addValue(
                            customers == null
                                    ? null
                                    : customers.stream().map(CustomerId::value).toArray(String[]::new))
                    .addValue(filter.type())
                    .addValue(filter.state())
                    .addValue(after == null ? null : Instants.utc(after.instant()))
                    .addValue(after == null ? null : after.uuid())
                    .addValue(limit + 1 - found.size());
        }
    }

    private Future<List<Found>> read(Reading reading, Instant to, int doublings) {
        Instant least = reading.filter.from() == null ? Instant.EPOCH : reading.filter.from();
        Instant back = doublings >= DOUBLINGS ? least : to.minus(FIRST_SPAN.multipliedBy(1L << doublings));
        Instant from = back.isBefore(least) ? least : back;
        if (!from.isBefore(to)) {
            return Future.succeededFuture(reading.found);
        }
        return report.preparedQuery(LineageTable.EVENTS)
                .execute(reading.parameters(from, to))
                .compose(rows -> {
                    rows.forEach(row -> reading.found.add(Found.of(row)));
                    return reading.found.size() > reading.limit
                            ? Future.succeededFuture(reading.found)
                            : read(reading, from, doublings + 1);
                });
    }
}
