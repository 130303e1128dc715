package io.weir.ledger;

import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import io.weir.schemas.Text;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a batch writes: entries, what they add to the aggregates, and exceptions. */
final class Rows {
    /** An entry: an event and whose it is. */
    record Entry(LoggedEvent event, Resolution whose) {
        @Nullable
        String customer() {
            return whose instanceof Resolution.Counted counted
                    ? counted.customer().value()
                    : null;
        }

        Optional<Account.Term> term() {
            return whose instanceof Resolution.Counted counted ? counted.term() : Optional.empty();
        }

        Optional<Account.Line> line() {
            return whose instanceof Resolution.Counted counted ? counted.line() : Optional.empty();
        }

        @Nullable
        String held() {
            return whose instanceof Resolution.Held held ? held.reason() : null;
        }
    }

    /** An exception; its subject is what must become known before it can be retried. */
    record ExceptionRow(
            LogRecord record,
            String tenant,
            String reason,
            @Nullable UUID key,
            @Nullable String source,
            @Nullable String id,
            @Nullable String type,
            @Nullable String subject,
            String detail) {
        static ExceptionRow of(LoggedEvent event, String reason, String subject, String detail) {
            return new ExceptionRow(
                    event.record(),
                    event.tenant().value(),
                    reason,
                    event.key(),
                    event.source(),
                    event.id(),
                    event.type(),
                    subject,
                    detail);
        }
    }

    private final Accounts accounts;
    private final List<Entry> entries = new ArrayList<>();
    private final List<Entry> held = new ArrayList<>();
    private final List<Entry> uncounted = new ArrayList<>();
    private final List<ExceptionRow> exceptions = new ArrayList<>();
    private final Aggregates aggregates;

    Rows(Accounts accounts) {
        this(accounts, new Aggregates());
    }

    /** Rows of one of several pieces that add to the same aggregates. */
    Rows(Accounts accounts, Aggregates aggregates) {
        this.accounts = accounts;
        this.aggregates = aggregates;
    }

    List<Entry> entries() {
        return entries;
    }

    List<Entry> held() {
        return held;
    }

    /** Entries that no meter counts. */
    List<Entry> uncounted() {
        return uncounted;
    }

    List<ExceptionRow> exceptions() {
        return exceptions;
    }

    Aggregates aggregates() {
        return aggregates;
    }

    /** Adds a new event: counted, or held with an exception. */
    void add(LoggedEvent event) {
        List<Meter> meters = Meter.accepting(
                accounts.meters(event.tenant(), event.type(), event.record().schemaVersion()), event.data());
        Resolution whose = Resolution.of(
                accounts.account(Recorder.name(event)), event.subject(), event.subscription(), event.time(), meters);
        Entry entry = new Entry(event, whose);
        entries.add(entry);
        switch (whose) {
            case Resolution.Counted counted -> {
                if (!aggregates.count(event.tenant(), counted, event.time(), event.data(), meters)) {
                    uncounted.add(entry);
                }
            }
            case Resolution.Held reason -> {
                held.add(entry);
                exceptions.add(ExceptionRow.of(
                        event, reason.reason(), reason.missing(), reason.reason() + ": '" + reason.missing() + "'"));
            }
        }
    }

    void add(Batch.Conflict conflict) {
        LoggedEvent event = conflict.event();
        exceptions.add(ExceptionRow.of(
                event, "conflict", event.subject(), "an event of this source and id is recorded with other content"));
    }

    void add(Batch.Unreadable unreadable) {
        exceptions.add(new ExceptionRow(
                unreadable.record(),
                LoggedEvent.tenantOf(unreadable.record()),
                "unreadable",
                null,
                null,
                null,
                null,
                null,
                Text.storable(unreadable.why()) ? unreadable.why() : "cannot be read"));
    }

    /** The parameters of INSERT_ENTRIES. */
    Tuple entryColumns(Instant now, long masterRevision) {
        return Columns.after(Instants.utc(now), masterRevision)
                .times(entries, entry -> entry.event.record().receivedAt())
                .times(entries, entry -> entry.event.record().arrivedAt())
                .times(entries, entry -> entry.event.time())
                .uuid(entries, entry -> entry.event.key())
                .longs(entries, entry -> entry.event.record().offset())
                .longs(
                        entries,
                        entry -> entry.term().map(Account.Term::revision).orElse(null))
                .ints(entries, entry -> entry.event.record().partition())
                .ints(entries, entry -> entry.event.record().schemaVersion())
                .text(entries, entry -> entry.event.tenant().value())
                .text(entries, entry -> entry.event.source())
                .text(entries, entry -> entry.event.id())
                .text(entries, entry -> entry.event.type())
                .text(entries, entry -> entry.event.subject())
                .text(entries, entry -> entry.event.record().correlation())
                .text(entries, Entry::customer)
                .text(
                        entries,
                        entry -> entry.term()
                                .map(term -> term.subscription().value())
                                .orElse(null))
                .text(entries, entry -> entry.line().map(Account.Line::item).orElse(null))
                .text(
                        entries,
                        entry -> entry.line().map(Account.Line::legalEntity).orElse(null))
                .text(entries, Entry::held)
                .text(entries, entry -> entry.event.dataText())
                .tuple();
    }

    /** The parameters of INSERT_EXCEPTIONS. */
    Tuple exceptionColumns(Instant now) {
        return Columns.after(Instants.utc(now))
                .text(exceptions, ExceptionRow::tenant)
                .text(exceptions, ExceptionRow::reason)
                .uuid(exceptions, ExceptionRow::key)
                .text(exceptions, ExceptionRow::source)
                .text(exceptions, ExceptionRow::id)
                .text(exceptions, ExceptionRow::type)
                .text(exceptions, ExceptionRow::subject)
                .text(exceptions, row -> row.record.correlation())
                .text(exceptions, ExceptionRow::detail)
                .bytes(exceptions, row -> row.record.value())
                .tuple();
    }
}
