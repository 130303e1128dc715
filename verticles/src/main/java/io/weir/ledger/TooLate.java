package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * What waited so long in a journal or in the log that it must not be recorded by itself: it passed the door within its tenant's
 * window, but by now its id could have been recorded, and forgotten, meanwhile. Retention keeps ids for the window and the grace
 * (ARCHITECTURE.md has the formula), so an event that is no older than both is recorded once, for certain. An older one whose id
 * is known is a repetition like any other; else it is an exception with its bytes, and a person decides.
 *
 * <p>Costs a comparison an event; only where one is older than the grace is its tenant's window asked for.
 */
final class TooLate {
    /** Nothing is: for what people want recorded, and for what is held to a window of its own. */
    static final TooLate NEVER = new TooLate(Duration.ofDays(4_000_000));

    private final Duration grace;

    /** @param grace how long an accepted event may lie in a journal and in the log: {@code ledger.lateGraceSeconds} */
    TooLate(Duration grace) {
        this.grace = grace;
    }

    /** Sets aside what of the batch is too late, before anything is decided. */
    void setAside(SqlConnection sql, Batch batch, Instant now) {
        Instant surely = now.minus(grace);
        if (!batch.reachesBefore(surely)) {
            return;
        }
        Map<TenantId, Instant> oldest =
                oldest(sql, batch.events(event -> event.time().isBefore(surely)), surely);
        Predicate<LoggedEvent> old = event -> event.time().isBefore(oldest.getOrDefault(event.tenant(), Instant.MIN));
        UUID[] keys =
                batch.events(old).stream().map(LoggedEvent::key).distinct().toArray(UUID[]::new);
        if (keys.length > 0) {
            Set<UUID> known = new HashSet<>();
            rows(sql, TooLateTable.KNOWN, keys).forEach(row -> known.add(row.getUUID("event_key")));
            Set<Batch.Content> kept = new HashSet<>();
            rows(sql, TooLateTable.KEPT, keys)
                    .forEach(row -> kept.add(new Batch.Content(row.getUUID("event_key"), row.getUUID("digest"))));
            batch.setAside(old.and(event -> !known.contains(event.key())), kept);
        }
    }

    /** The time of the oldest event of each tenant that is still recorded by itself. */
    private static Map<TenantId, Instant> oldest(SqlConnection sql, List<LoggedEvent> events, Instant surely) {
        String[] tenants =
                events.stream().map(event -> event.tenant().value()).distinct().toArray(String[]::new);
        Map<TenantId, Instant> oldest = new HashMap<>();
        for (Row row : Future.await(
                sql.preparedQuery(TooLateTable.WINDOWS).execute(Tuple.tuple().addArrayOfString(tenants)))) {
            oldest.put(new TenantId(row.getString("tenant")), surely.minusSeconds(row.getLong("past_seconds")));
        }
        return oldest;
    }

    private static RowSet<Row> rows(SqlConnection sql, String statement, UUID[] keys) {
        return Future.await(sql.preparedQuery(statement).execute(Tuple.tuple().addArrayOfUUID(keys)));
    }

    /** Opens an exception for each event that was set aside. */
    static void send(SqlConnection sql, List<LoggedEvent> late, Instant now, List<Future<?>> sent) {
        if (!late.isEmpty()) {
            sent.add(sql.preparedQuery(TooLateTable.INSERT)
                    .execute(Columns.after(Instants.utc(now))
                            .text(late, event -> event.tenant().value())
                            .uuid(late, LoggedEvent::key)
                            .uuid(late, LoggedEvent::digest)
                            .text(late, LoggedEvent::source)
                            .text(late, LoggedEvent::id)
                            .text(late, LoggedEvent::type)
                            .text(late, LoggedEvent::subject)
                            .text(late, event -> event.record().correlation())
                            .text(late, event -> detail(event, now))
                            .bytes(late, event -> event.record().value())
                            .times(late, event -> event.record().receivedAt())
                            .times(late, event -> event.record().arrivedAt())
                            .ints(late, event -> event.record().schemaVersion())
                            .tuple()));
        }
    }

    private static String detail(LoggedEvent event, Instant now) {
        long days = Duration.between(event.time(), now).toDays();
        return "received " + event.record().receivedAt() + ", in the log "
                + event.record().arrivedAt() + ", and recorded only now, " + days
                + " days after its time: had it been recorded before, its id could be forgotten";
    }
}
