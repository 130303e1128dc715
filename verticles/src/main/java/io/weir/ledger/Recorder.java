package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import io.weir.schemas.Locks;
import io.weir.schemas.ReceiptStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Records a batch in one transaction; on a virtual thread, one batch at a time.
 *
 * <p>Which crash is each step for? Before the commit: nothing has happened, the poll is repeated. After the commit and before
 * the receipts or the offsets: the records come again, lie below {@code nextOffset} and are skipped, so that a redelivery is
 * never counted a duplicate. A loop that lost its partition and does not know it (a zombie) waits for the progress row's lock
 * and then finds its records recorded. Ids are inserted and aggregates upserted in key order, so that loops cannot deadlock;
 * should Postgres find a deadlock all the same, the batch is repeated.
 *
 * <p>Bounds: the batch by {@code ledger.maxPollRecords} and {@code ledger.maxPollBytes}, each statement by
 * {@code ledger.statementTimeoutMillis}, the transaction by {@code postgres.transactionTimeoutMillis}.
 */
final class Recorder {
    private final Pool pool;
    private final String topic;
    private final Accounts accounts;
    private final DimensionSets dimensions;
    private final TooLate late;
    private final InstantSource clock;

    Recorder(Pool pool, String topic, Accounts accounts, DimensionSets dimensions, TooLate late, InstantSource clock) {
        this.pool = pool;
        this.topic = topic;
        this.accounts = accounts;
        this.dimensions = dimensions;
        this.late = late;
        this.clock = clock;
    }

    /** The log was read beyond where it is recorded up to: it must be read from there. */
    static final class LogGapException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int partition;
        private final long expected;

        LogGapException(int partition, long expected) {
            super("partition " + partition + " must be read from offset " + expected, null, false, false);
            this.partition = partition;
            this.expected = expected;
        }

        int partition() {
            return partition;
        }

        long expected() {
            return expected;
        }
    }

    /**
     * Records a batch, or throws with nothing recorded.
     *
     * @param gapsAllowed partitions whose log begins later than their progress: what lies before is lost
     */
    Recorded record(Batch polled, Set<Integer> gapsAllowed) {
        dimensions.begin();
        Recorded recorded = InTransaction.run(pool, sql -> record(sql, polled, gapsAllowed));
        dimensions.committed();
        return recorded;
    }

    private Recorded record(SqlConnection sql, Batch polled, Set<Integer> gapsAllowed) {
        sql.preparedQuery(LedgerTable.LOCK_SHARED).execute(Tuple.of(Locks.MASTER_DATA));
        Future<RowSet<Row>> revision =
                sql.preparedQuery(LedgerTable.MASTER_REVISION).execute();
        Map<Integer, Long> progress = lockProgress(sql, polled);
        accounts.at(Future.await(revision).iterator().next().getLong("revision"));

        checkGaps(polled, progress, gapsAllowed);
        boolean replayed = polled.records().stream().anyMatch(record -> record.offset() < next(progress, record));
        if (!replayed) {
            return record(sql, polled, List.of());
        }
        Map<Boolean, List<LogRecord>> parts = polled.records().stream()
                .collect(Collectors.partitioningBy(record -> record.offset() < next(progress, record)));
        return record(sql, Batch.of(parts.getOrDefault(false, List.of())), parts.getOrDefault(true, List.of()));
    }

    private static long next(Map<Integer, Long> progress, LogRecord record) {
        return progress.getOrDefault(record.partition(), 0L);
    }

    private Map<Integer, Long> lockProgress(SqlConnection sql, Batch polled) {
        Integer[] partitions = polled.records().stream()
                .map(LogRecord::partition)
                .distinct()
                .sorted()
                .toArray(Integer[]::new);
        Map<Integer, Long> progress = new HashMap<>();
        for (Row row : Future.await(sql.preparedQuery(LedgerTable.LOCK_PROGRESS)
                .execute(Tuple.of(topic).addArrayOfInteger(partitions)))) {
            progress.put(row.getInteger("partition"), row.getLong("next_offset"));
        }
        return progress;
    }

    private static void checkGaps(Batch polled, Map<Integer, Long> progress, Set<Integer> allowed) {
        Map<Integer, Long> firsts = new HashMap<>();
        polled.records().forEach(record -> firsts.merge(record.partition(), record.offset(), Math::min));
        firsts.forEach((partition, first) -> {
            long expected = progress.getOrDefault(partition, 0L);
            if (first > expected && !allowed.contains(partition)) {
                throw new LogGapException(partition, expected);
            }
        });
    }

    /** Records what was not read before, inside the caller's transaction, which holds the lock of its accounts. */
    Again again(SqlConnection sql, LogRecord record) {
        Batch batch = Batch.of(List.of(record));
        Rows rows = new Rows(accounts);
        record(sql, batch, List.of(), rows, false);
        return new Again(batch.outcomes().getFirst().status(), rows.aggregates());
    }

    /** What became of a record that was read again, and what that added. */
    record Again(ReceiptStatus status, Aggregates aggregates) {}

    private Recorded record(SqlConnection sql, Batch batch, List<LogRecord> skipped) {
        return record(sql, batch, skipped, new Rows(accounts), !batch.records().isEmpty());
    }

    private Recorded record(SqlConnection sql, Batch batch, List<LogRecord> skipped, Rows rows, boolean advances) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        late.setAside(sql, batch, now);
        accounts.load(sql, names(batch.candidates()));
        Map<UUID, UUID> stored = stored(sql, batch.candidates(), now);
        List<LoggedEvent> fresh = batch.decide(stored, amended(sql, batch.other(stored)));
        fresh.forEach(rows::add);
        batch.conflicts().forEach(rows::add);
        batch.unreadable().forEach(rows::add);

        List<Future<?>> sent = write(sql, rows, now);
        TooLate.send(sql, batch.late(), now, sent);
        if (advances) {
            sent.add(sql.preparedQuery(LedgerTable.ADD_TALLY)
                    .execute(batch.tally().tuple()));
            Progress progress = Progress.of(batch, rows);
            sent.add(sql.preparedQuery(LedgerTable.ADVANCE_PROGRESS).execute(progress.tuple(topic)));
        }
        AggregateWrites.await(sent);
        return new Recorded(
                batch.outcomes(),
                origins(sql, skipped),
                changed(batch, rows),
                rows.held().size(),
                rows.uncounted().size(),
                batch.unreadable().size(),
                skipped.size());
    }

    /**
     * Whose usage the waiting callers must see: of what was counted here, and of what comes again and was counted before, since
     * its caller hears only now that it is recorded.
     */
    private Collection<Aggregates.Customer> changed(Batch batch, Rows rows) {
        Set<Aggregates.Customer> customers = new TreeSet<>(rows.aggregates().customers());
        for (LoggedEvent event : batch.candidates()) {
            Account account = event.record().reply().isPresent() ? accounts.account(name(event)) : null;
            if (account != null) {
                customers.add(new Aggregates.Customer(event.tenant(), account.customer()));
            }
        }
        return customers;
    }

    static Set<Accounts.Name> names(Collection<LoggedEvent> events) {
        return events.stream().map(Recorder::name).collect(Collectors.toSet());
    }

    static Accounts.Name name(LoggedEvent event) {
        return event.subject().isEmpty() && event.subscription() != null
                ? new Accounts.Name(event.tenant(), Accounts.By.SUBSCRIPTION, event.subscription())
                : new Accounts.Name(event.tenant(), Accounts.By.SUBJECT, event.subject());
    }

    /** Inserts the ids; of those that were there before, their digests. */
    static Map<UUID, UUID> stored(SqlConnection sql, Collection<LoggedEvent> candidates, Instant now) {
        Map<UUID, UUID> stored = new HashMap<>();
        if (candidates.isEmpty()) {
            return stored;
        }
        Tuple ids = Columns.after()
                .uuid(candidates, LoggedEvent::key)
                .uuid(candidates, LoggedEvent::digest)
                .tuple()
                .addOffsetDateTime(Instants.utc(now));
        List<UUID> known = new ArrayList<>();
        Future.await(sql.preparedQuery(LedgerTable.INSERT_IDS).execute(ids))
                .forEach(row -> known.add(row.getUUID("event_key")));
        if (!known.isEmpty()) {
            Future.await(sql.preparedQuery(LedgerTable.DIGESTS)
                            .execute(Tuple.tuple().addArrayOfUUID(known.toArray(UUID[]::new))))
                    .forEach(row -> stored.put(row.getUUID("event_key"), row.getUUID("digest")));
        }
        return stored;
    }

    /** What amendments have made of these events, which come with another content than they first had: nearly always nothing. */
    static Set<Batch.Content> amended(SqlConnection sql, Collection<LoggedEvent> others) {
        if (others.isEmpty()) {
            return Set.of();
        }
        UUID[] keys = others.stream().map(LoggedEvent::key).toArray(UUID[]::new);
        Set<Batch.Content> amended = new HashSet<>();
        Future.await(sql.preparedQuery(LedgerTable.AMENDED)
                        .execute(Tuple.tuple().addArrayOfUUID(keys)))
                .forEach(row -> amended.add(new Batch.Content(row.getUUID("event_key"), row.getUUID("digest"))));
        return amended;
    }

    /**
     * Sends every write without waiting for one after the other; the connection keeps their order. Each is to be waited for,
     * in this order: after one that fails, the others fail for no reason of their own.
     */
    private List<Future<?>> write(SqlConnection sql, Rows rows, Instant now) {
        Tuple entries = rows.entryColumns(sql, now);
        dimensions.fit(sql, rows.aggregates());
        List<Future<?>> sent = new ArrayList<>();
        if (!rows.entries().isEmpty()) {
            sent.add(sql.preparedQuery(LedgerTable.INSERT_ENTRIES).execute(entries));
        }
        AggregateWrites.send(sql, rows.aggregates(), sent);
        AggregateWrites.sendChanges(sql, rows.aggregates().customers(), "USAGE", sent);
        Uncounted uncounted = new Uncounted();
        rows.uncounted()
                .forEach(entry -> uncounted.add(
                        entry.event().tenant(),
                        entry.event().type(),
                        entry.event().time(),
                        1));
        uncounted.send(sql, sent);
        if (!rows.exceptions().isEmpty()) {
            sent.add(sql.preparedQuery(LedgerTable.INSERT_EXCEPTIONS).execute(rows.exceptionColumns(now)));
        }
        return sent;
    }

    /** What became, when they were recorded, of records that come again and are still waited for. */
    private static List<Batch.Outcome> origins(SqlConnection sql, List<LogRecord> skipped) {
        List<LoggedEvent> awaited = new ArrayList<>();
        for (LogRecord record : skipped) {
            if (record.reply().isPresent()) {
                Batch.of(List.of(record)).candidates().forEach(awaited::add);
            }
        }
        if (awaited.isEmpty()) {
            return List.of();
        }
        Map<UUID, Row> origins = new HashMap<>();
        UUID[] keys = awaited.stream().map(LoggedEvent::key).toArray(UUID[]::new);
        Future.await(sql.preparedQuery(LedgerTable.ORIGINS)
                        .execute(Tuple.tuple().addArrayOfUUID(keys)))
                .forEach(row -> origins.put(row.getUUID("event_key"), row));
        List<Batch.Outcome> outcomes = new ArrayList<>();
        Set<Batch.Content> amended = amended(sql, awaited);
        for (LoggedEvent event : awaited) {
            Row entry = origins.get(event.key());
            if (entry != null) {
                outcomes.add(new Batch.Outcome(event.record(), origin(event, entry, amended)));
            }
        }
        return outcomes;
    }

    private static ReceiptStatus origin(LoggedEvent event, Row entry, Set<Batch.Content> amended) {
        if (entry.getInteger("log_partition") == event.record().partition()
                && entry.getLong("log_offset") == event.record().offset()) {
            return ReceiptStatus.RECORDED;
        }
        boolean same = event.digest().equals(entry.getUUID("digest")) || amended.contains(Batch.Content.of(event));
        return same ? ReceiptStatus.DUPLICATE : ReceiptStatus.CONFLICT;
    }
}
