package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.CorrectEvent;
import io.weir.schemas.Commands.Corrected;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One correction that changes something, inside its transaction, which holds the locks that {@link Corrections} names. */
final class AppendedCorrection {
    private final SqlConnection sql;
    private final Accounts accounts;
    private final DimensionSets dimensions;
    private final CorrectEvent command;
    private final Corrections.Present present;
    private final @Nullable LoggedEvent replacement;
    private final Instant now;
    private final Rows rows;
    private final Uncounted uncounted = new Uncounted();

    /**
     * A correction of what is present.
     *
     * @param replacement what stands instead; null: nothing
     * @param now later than what is present was recorded
     */
    AppendedCorrection(
            SqlConnection sql,
            Accounts accounts,
            DimensionSets dimensions,
            CorrectEvent command,
            Corrections.Present present,
            @Nullable LoggedEvent replacement,
            Instant now) {
        this.sql = sql;
        this.accounts = accounts;
        this.dimensions = dimensions;
        this.command = command;
        this.present = present;
        this.replacement = replacement;
        this.now = now;
        this.rows = new Rows(accounts);
    }

    Corrected append() {
        if (replacement == null) {
            accounts.loadMeters(sql, Set.of(command.tenant()));
        } else {
            accounts.load(sql, Recorder.names(List.of(replacement)));
            rows.add(replacement);
        }
        Backfills backfills = Backfills.hold(sql, command.tenant());
        if (present.counted()) {
            takeOut(backfills);
        }
        rows.uncounted()
                .forEach(entry -> uncounted.add(
                        command.tenant(), entry.event().type(), entry.event().time(), 1));
        write(backfills);
        audit();
        return new Corrected(
                true,
                rows.aggregates().customers().stream()
                        .map(Aggregates.Customer::customer)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /** Takes the entry that stands out of all that counted it. */
    private void takeOut(Backfills backfills) {
        Row entry = present.entry();
        JsonNode data = Json.tree(entry.getString("data"));
        List<Meter> meters = Meter.accepting(
                accounts.countedBy(
                        command.tenant(),
                        present.type(),
                        entry.getInteger("schema_version"),
                        entry.getLong("master_revision"),
                        meter -> backfills.passed(meter, present.recordedAt(), entry.getUUID("event_key"))),
                data);
        CustomerId customer = new CustomerId(entry.getString("customer"));
        Aggregates.Counting counting =
                new Aggregates.Counting(command.tenant(), Rebuild.whose(customer, entry), present.time(), data);
        if (!rows.aggregates().takeOut(counting, meters, backfills::inMonths)) {
            uncounted.add(command.tenant(), present.type(), present.time(), -1);
        }
    }

    /** In the order of a batch; where one value stands for many, its quarter is made anew once the correction itself is written. */
    private void write(Backfills backfills) {
        Aggregates aggregates = rows.aggregates();
        aggregates.makeOnesAnew();
        Tuple entries = rows.entryColumns(sql, now);
        dimensions.fit(sql, aggregates);
        List<Future<?>> sent = new ArrayList<>();
        sent.add(sql.preparedQuery(CorrectionTable.INSERT).execute(row()));
        if (replacement != null) {
            sent.add(sql.preparedQuery(LedgerTable.INSERT_ENTRIES).execute(entries));
        }
        AggregateWrites.sendSums(sql, aggregates, sent);
        AggregateWrites.await(sent);
        new Rebuild(accounts, dimensions).run(sql, aggregates.anew(), backfills);
        List<Future<?>> rest = new ArrayList<>();
        AggregateWrites.sendValues(sql, aggregates, rest);
        AggregateWrites.sendMonths(sql, aggregates, rest);
        AggregateWrites.sendChanges(sql, aggregates.customers(), "USAGE", rest);
        uncounted.send(sql, rest);
        if (!rows.exceptions().isEmpty()) {
            rest.add(sql.preparedQuery(LedgerTable.INSERT_EXCEPTIONS).execute(rows.exceptionColumns(now)));
        }
        if (!present.heldAs().isEmpty()) {
            settle(rest);
        }
        AggregateWrites.await(rest);
    }

    private Tuple row() {
        return Tuple.tuple()
                .addUUID(present.entry().getUUID("event_key"))
                .addString(replacement == null ? "void" : "amendment")
                .addOffsetDateTime(present.stands() ? Instants.utc(present.recordedAt()) : null)
                .addOffsetDateTime(replacement == null ? null : Instants.utc(now))
                .addUUID(replacement == null ? null : replacement.digest())
                .addString(command.tenant().value())
                .addString(command.reason())
                .addString(command.actor().principal())
                .addString(command.actor().correlation())
                .addOffsetDateTime(Instants.utc(now));
    }

    /** What the event waited as is settled by the correction. */
    private void settle(List<Future<?>> sent) {
        sent.add(sql.preparedQuery(CorrectionTable.RESOLVE_HELD)
                .execute(Tuple.of(
                                Instants.utc(now),
                                replacement == null ? "voided" : "amended",
                                command.actor().principal())
                        .addArrayOfLong(present.heldAs().toArray(Long[]::new))));
        sent.add(sql.preparedQuery(RetryTable.CHANGED)
                .execute(Tuple.of(command.tenant().value())));
    }

    /** What a correction changes, as the audit trail keeps it; the data stands in the entries. */
    private record State(
            String state,
            String type,
            String subject,
            Instant time,
            @Nullable String customer,
            int corrections,
            @Nullable String reason) {}

    private void audit() {
        Row entry = present.entry();
        int corrections = present.corrections();
        String subject = entry.getString("subject");
        String customer = entry.getString("customer");
        State before = new State(present.state(), present.type(), subject, present.time(), customer, corrections, null);
        State after = replacement == null
                ? new State("voided", before.type, subject, before.time, customer, corrections + 1, command.reason())
                : new State(
                        rows.held().isEmpty() ? "amended" : "held",
                        replacement.type(),
                        replacement.subject(),
                        replacement.time(),
                        rows.entries().getFirst().customer(),
                        corrections + 1,
                        command.reason());
        Act act = replacement == null ? Act.EVENT_VOIDED : Act.EVENT_AMENDED;
        String event = command.source() + "/" + command.id();
        Audited audited = Audited.of(command.tenant(), command.actor(), act, event, before, after);
        Statements.audit(sql, audited);
    }
}
