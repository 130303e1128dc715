package io.weir.ledger;

import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import io.weir.schemas.Text;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a batch writes: entries, what they add to the aggregates, and exceptions. */
final class Rows {
    private static final int TRACE_DIGITS = 32;

    /** An entry: an event and whose it is. */
    record Entry(LoggedEvent event, Resolution whose) {
        @Nullable
        String customer() {
            return whose instanceof Resolution.Counted counted
                    ? counted.customer().value()
                    : null;
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

    /** The parameters of INSERT_ENTRIES; what is new of the dictionaries is put into them. */
    Tuple entryColumns(SqlConnection sql, Instant now) {
        List<Dictionary.Stream> named = new ArrayList<>(entries.size());
        List<Dictionary.Owner> whose = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            LoggedEvent event = entry.event;
            named.add(new Dictionary.Stream(
                    event.tenant(), event.source(), event.type(), event.record().schemaVersion()));
            whose.add(Dictionary.Owner.of(event.tenant(), entry.whose));
        }
        Dictionary.Streams streams = accounts.dictionary().streams(sql, named);
        List<Integer> owners = accounts.dictionary().owners(sql, whose);
        return Columns.after(Instants.utc(now), accounts.revision())
                .times(entries, entry -> entry.event.record().receivedAt())
                .times(entries, entry -> entry.event.record().arrivedAt())
                .times(entries, entry -> entry.event.time())
                .longs(entries, entry -> entry.event.record().offset())
                .ints(entries, entry -> entry.event.record().partition())
                .ints(streams.numbers(), Function.identity())
                .ints(owners, Function.identity())
                .uuid(entries, entry -> entry.event.key())
                .bytes(entries, entry -> traceBytes(entry.event.record().correlation()))
                .text(streams.sources(), Function.identity())
                .text(entries, entry -> entry.event.id())
                .text(entries, entry -> entry.event.subject())
                .text(entries, entry -> entry.event.dataText())
                .tuple();
    }

    /** The 16 bytes of a trace id; of what is none its text. */
    private static byte[] traceBytes(String correlation) {
        byte[] text = correlation.getBytes(StandardCharsets.UTF_8);
        if (text.length != TRACE_DIGITS) {
            return text;
        }
        byte[] bytes = new byte[TRACE_DIGITS / 2];
        for (int i = 0; i < bytes.length; i++) {
            if (!HexFormat.isHexDigit(text[2 * i]) || !HexFormat.isHexDigit(text[2 * i + 1])) {
                return text;
            }
            bytes[i] = (byte) (HexFormat.fromHexDigit(text[2 * i]) << 4 | HexFormat.fromHexDigit(text[2 * i + 1]));
        }
        return bytes;
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
