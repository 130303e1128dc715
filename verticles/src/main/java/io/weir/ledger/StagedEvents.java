package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The events of a backfill set, gone through piece by piece with what records the log: {@link Batch} finds repetitions, {@link Rows}
 * resolves. Examined, nothing is written; recorded, everything is, in the caller's transaction, which holds the lock of the accounts.
 *
 * <p>What adds up is written once, after the last piece, in the order in which the log's loops write it: so rows that live traffic
 * counts into are held shortly, and no two can wait for each other in a circle. Used once.
 */
final class StagedEvents {
    private final SqlConnection sql;
    private final Accounts accounts;
    private final BackfillSetTable.SetRow set;
    private final int pieceEvents;
    private final Map<UUID, UUID> archived;
    private final Aggregates aggregates = new Aggregates();
    private final Uncounted uncounted = new Uncounted();
    private int recorded;
    private int duplicates;
    private int conflicts;
    private int held;
    private int notCounted;

    /**
     * The events of a set.
     *
     * @param archived digests, by key, of those that only the archive still knows
     */
    StagedEvents(
            SqlConnection sql,
            Accounts accounts,
            BackfillSetTable.SetRow set,
            int pieceEvents,
            Map<UUID, UUID> archived) {
        this.sql = sql;
        this.accounts = accounts;
        this.set = set;
        this.pieceEvents = pieceEvents;
        this.archived = archived;
    }

    /** Finds out what recording them would do. */
    void examine() {
        Map<UUID, UUID> before = new HashMap<>();
        each(
                batch -> {
                    Map<UUID, UUID> stored = digests(batch);
                    for (LoggedEvent event : batch.candidates()) {
                        UUID digest = before.get(event.key());
                        if (digest != null) {
                            stored.put(event.key(), digest);
                        } else if (!stored.containsKey(event.key())) {
                            before.put(event.key(), event.digest());
                        }
                    }
                    return stored;
                },
                (batch, rows) -> {});
    }

    private Map<UUID, UUID> digests(Batch batch) {
        UUID[] keys = batch.candidates().stream().map(LoggedEvent::key).toArray(UUID[]::new);
        Map<UUID, UUID> stored = archived(batch);
        Future.await(sql.preparedQuery(LedgerTable.DIGESTS)
                        .execute(Tuple.tuple().addArrayOfUUID(keys)))
                .forEach(row -> stored.put(row.getUUID("event_key"), row.getUUID("digest")));
        return stored;
    }

    private Map<UUID, UUID> archived(Batch batch) {
        Map<UUID, UUID> found = new HashMap<>();
        if (!archived.isEmpty()) {
            for (LoggedEvent event : batch.candidates()) {
                UUID digest = archived.get(event.key());
                if (digest != null) {
                    found.put(event.key(), digest);
                }
            }
        }
        return found;
    }

    /** Keeps the ids of those that nothing knows; of the others, their digests. */
    private Map<UUID, UUID> stored(Batch batch, Instant now) {
        Map<UUID, UUID> stored = archived(batch);
        List<LoggedEvent> others = batch.candidates().stream()
                .filter(event -> !stored.containsKey(event.key()))
                .toList();
        stored.putAll(Recorder.stored(sql, others, now));
        return stored;
    }

    /** Records them. */
    void record(DimensionSets dimensions, Instant now) {
        each(batch -> stored(batch, now), (batch, rows) -> write(batch, rows, now));
        List<Future<?>> sent = new ArrayList<>();
        dimensions.fit(sql, aggregates);
        AggregateWrites.send(sql, aggregates, sent);
        AggregateWrites.sendChanges(sql, aggregates.customers(), ChangeKind.USAGE.name(), sent);
        uncounted.send(sql, sent);
        AggregateWrites.await(sent);
    }

    private void each(Function<Batch, Map<UUID, UUID>> stored, BiConsumer<Batch, Rows> done) {
        for (List<LogRecord> piece = piece(0); !piece.isEmpty(); piece = piece(last(piece))) {
            Batch batch = Batch.of(piece);
            if (!batch.unreadable().isEmpty()) {
                throw refused(batch.unreadable().getFirst().why());
            }
            accounts.load(sql, Recorder.names(batch.candidates()));
            Rows rows = new Rows(accounts, aggregates);
            Map<UUID, UUID> known = stored.apply(batch);
            batch.decide(known, Recorder.amended(sql, batch.other(known))).forEach(rows::add);
            batch.conflicts().forEach(rows::add);
            count(batch, rows);
            done.accept(batch, rows);
        }
    }

    private List<LogRecord> piece(int after) {
        List<LogRecord> piece = new ArrayList<>();
        Tuple where = Tuple.of(set.id(), after, pieceEvents);
        for (Row row : Future.await(sql.preparedQuery(BackfillSetTable.PIECE).execute(where))) {
            piece.add(BackfillSetTable.event(set, row));
        }
        return piece;
    }

    private static int last(List<LogRecord> piece) {
        return (int) piece.getLast().offset();
    }

    private void count(Batch batch, Rows rows) {
        for (Batch.Outcome outcome : batch.outcomes()) {
            switch (outcome.status()) {
                case RECORDED -> recorded++;
                case DUPLICATE -> duplicates++;
                case CONFLICT -> conflicts++;
                case ACCEPTED, REJECTED, NOT_TAKEN ->
                    throw new IllegalStateException("no outcome of a recording: " + outcome.status());
            }
        }
        held += rows.held().size();
        notCounted += rows.uncounted().size();
        rows.uncounted()
                .forEach(entry -> uncounted.add(
                        entry.event().tenant(),
                        entry.event().type(),
                        entry.event().time(),
                        1));
        rows.entries().forEach(this::ofTheCustomer);
    }

    /** An account may have moved to another customer since its event was loaded. */
    private void ofTheCustomer(Rows.Entry entry) {
        if (set.customer() != null && !set.customer().equals(entry.customer())) {
            throw refused("the account '" + entry.event().subject() + "' is not one of customer " + set.customer());
        }
    }

    private RefusedException refused(String why) {
        return new RefusedException(new Refusal.Conflict("backfill-set-event", why));
    }

    private void write(Batch batch, Rows rows, Instant now) {
        List<Future<?>> sent = new ArrayList<>();
        if (!rows.entries().isEmpty()) {
            sent.add(sql.preparedQuery(LedgerTable.INSERT_ENTRIES).execute(rows.entryColumns(sql, now)));
        }
        if (!rows.exceptions().isEmpty()) {
            sent.add(sql.preparedQuery(LedgerTable.INSERT_EXCEPTIONS).execute(rows.exceptionColumns(now)));
        }
        sent.add(sql.preparedQuery(BackfillSetTable.SETTLE)
                .execute(Columns.after(set.id())
                        .ints(batch.outcomes(), outcome ->
                                (int) outcome.record().offset())
                        .text(batch.outcomes(), outcome -> outcome.status().text())
                        .tuple()));
        AggregateWrites.await(sent);
    }

    /** What they add. */
    Aggregates aggregates() {
        return aggregates;
    }

    /** What became of them. */
    BackfillSets.Outcomes outcomes() {
        return new BackfillSets.Outcomes(recorded, duplicates, conflicts, held, notCounted);
    }
}
