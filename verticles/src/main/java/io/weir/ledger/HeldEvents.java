package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Counts held events whose account is known by now: by itself when master data arrives, or because somebody tries again. */
final class HeldEvents {
    /** A held event, and the exception that it waits as. */
    record Held(
            long exception,
            TenantId tenant,
            Instant recordedAt,
            UUID key,
            String type,
            int schemaVersion,
            String subject,
            Instant time,
            String data) {
        static Held of(Row row) {
            return new Held(
                    row.getLong("exception"),
                    new TenantId(row.getString("tenant")),
                    Instants.of(row.getOffsetDateTime("recorded_at")),
                    row.getUUID("event_key"),
                    row.getString("event_type"),
                    row.getInteger("schema_version"),
                    row.getString("subject"),
                    Instants.of(row.getOffsetDateTime("event_time")),
                    row.getString("data"));
        }

        private Accounts.Name name(JsonNode read) {
            return subject.isEmpty()
                    ? new Accounts.Name(
                            tenant,
                            Accounts.By.SUBSCRIPTION,
                            read.path("subscription").asString(""))
                    : new Accounts.Name(tenant, Accounts.By.SUBJECT, subject);
        }
    }

    /** A held event whose account is known now. */
    record Matched(Held held, Resolution.Counted whose) {}

    /** What can be counted now, and what it adds. */
    record Plan(List<Matched> matched, Aggregates aggregates, Uncounted uncounted) {}

    private HeldEvents() {}

    static List<Held> read(Future<RowSet<Row>> rows) {
        List<Held> held = new ArrayList<>();
        Future.await(rows).forEach(row -> held.add(Held.of(row)));
        return held;
    }

    /** Counts those that can be; answers them, and what they add. */
    static Plan count(SqlConnection sql, Accounts accounts, DimensionSets dimensions, List<Held> held, Instant now) {
        Plan plan = plan(sql, accounts, held);
        if (!plan.matched.isEmpty()) {
            Tuple entries = columns(sql, accounts, plan.matched);
            dimensions.fit(sql, plan.aggregates);
            write(sql, entries, plan, now);
        }
        return plan;
    }

    /** Says what can be counted, and changes nothing. */
    static Plan plan(SqlConnection sql, Accounts accounts, List<Held> held) {
        Set<Accounts.Name> names =
                held.stream().map(event -> event.name(Json.tree(event.data))).collect(Collectors.toSet());
        accounts.load(sql, names);
        List<Matched> matched = new ArrayList<>();
        Aggregates aggregates = new Aggregates();
        Uncounted uncounted = new Uncounted();
        for (Held event : held) {
            JsonNode data = Json.tree(event.data);
            List<Meter> meters = Meter.accepting(accounts.meters(event.tenant, event.type, event.schemaVersion), data);
            Resolution whose = Resolution.of(
                    accounts.account(event.name(data)),
                    event.subject,
                    LoggedEvent.subscription(data),
                    event.time,
                    meters);
            if (whose instanceof Resolution.Counted counted) {
                matched.add(new Matched(event, counted));
                if (!aggregates.count(event.tenant, counted, event.time, data, meters)) {
                    uncounted.add(event.tenant, event.type, event.time, 1);
                }
            }
        }
        return new Plan(matched, aggregates, uncounted);
    }

    private static void write(SqlConnection sql, Tuple entries, Plan plan, Instant now) {
        List<Future<?>> sent = new ArrayList<>();
        sent.add(sql.preparedQuery(LedgerTable.MATCH_ENTRIES).execute(entries));
        AggregateWrites.send(sql, plan.aggregates, sent);
        plan.uncounted.send(sql, sent);
        AggregateWrites.sendChanges(sql, plan.aggregates.customers(), ChangeKind.USAGE.name(), sent);
        AggregateWrites.sendChanges(sql, plan.aggregates.customers(), ChangeKind.EXCEPTION.name(), sent);
        Long[] exceptions =
                plan.matched.stream().map(match -> match.held.exception).toArray(Long[]::new);
        sent.add(sql.preparedQuery(LedgerTable.RESOLVE_EXCEPTIONS)
                .execute(Tuple.of(Instants.utc(now)).addArrayOfLong(exceptions)));
        AggregateWrites.await(sent);
    }

    private static Tuple columns(SqlConnection sql, Accounts accounts, List<Matched> matched) {
        List<Dictionary.Owner> whose = matched.stream()
                .map(match -> Dictionary.Owner.of(match.held.tenant, match.whose))
                .toList();
        List<Integer> owners = accounts.dictionary().owners(sql, whose);
        return Columns.after(accounts.revision())
                .times(matched, match -> match.held.recordedAt)
                .uuid(matched, match -> match.held.key)
                .ints(owners, Function.identity())
                .tuple();
    }
}
