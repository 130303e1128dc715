package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Attributes entries that were counted for a customer alone to the subscription that covers their time by now, so that the
 * next billing run charges them. The quantities move between rows of aggregate in one transaction with the entries; the
 * customer's month totals stay. One virtual thread uses it.
 *
 * <p>Bounds: a transaction takes so many entries of one customer; no more customers than that are remembered, beyond it all
 * are looked through, as at the start.
 */
final class Attribution {
    private static final Logger LOG = LoggerFactory.getLogger(Attribution.class);

    private final Pool pool;
    private final int perPass;
    private final Accounts accounts;
    private final DimensionSets dimensions;
    private final Set<Aggregates.Customer> changed = new TreeSet<>();
    private boolean everyone = true;

    Attribution(Pool pool, int perPass, Accounts accounts, DimensionSets dimensions) {
        this.pool = pool;
        this.dimensions = dimensions;
        this.perPass = perPass;
        this.accounts = accounts;
    }

    /** An entry without a subscription. */
    private record Unattributed(
            Instant recordedAt,
            UUID key,
            long masterRevision,
            String type,
            int schemaVersion,
            String subject,
            Instant time,
            String data) {
        static Unattributed of(Row row) {
            return new Unattributed(
                    Instants.of(row.getOffsetDateTime("recorded_at")),
                    row.getUUID("event_key"),
                    row.getLong("master_revision"),
                    row.getString("event_type"),
                    row.getInteger("schema_version"),
                    row.getString("subject"),
                    Instants.of(row.getOffsetDateTime("event_time")),
                    row.getString("data"));
        }
    }

    /** An entry and the subscription that covers it. */
    private record Covered(Unattributed entry, Account.Term term, Optional<Account.Line> line) {}

    /** Which entry: also how far a customer's entries are looked through. */
    private record Position(Instant recordedAt, UUID key) {
        static final Position START = new Position(Instant.EPOCH, new UUID(0, 0));
    }

    /** Remembers whose master data changed, for the next run. */
    void remember(ChangeBatch batch) {
        everyone |= batch.everything();
        for (Change change : batch.changes()) {
            if (change.kind() == ChangeKind.MASTER_DATA) {
                remember(change.tenant(), change.customer());
            }
        }
    }

    private void remember(TenantId tenant, @Nullable CustomerId customer) {
        if (customer == null || changed.size() >= perPass) {
            everyone = true;
        } else {
            changed.add(new Aggregates.Customer(tenant, customer));
        }
        if (everyone) {
            changed.clear();
        }
    }

    /** Looks through the entries of the remembered customers; when it fails, the next run looks through them again. */
    void run(BooleanSupplier running) {
        boolean all = everyone;
        List<Aggregates.Customer> some = List.copyOf(changed);
        everyone = false;
        changed.clear();
        boolean done = false;
        try {
            if (all) {
                runAll(running);
            } else if (!some.isEmpty()) {
                run(query(LedgerTable.UNATTRIBUTED_OF, names(some)), running);
            }
            done = true;
        } finally {
            if (!done) {
                everyone |= all;
                some.forEach(customer -> remember(customer.tenant(), customer.customer()));
            }
        }
    }

    private void runAll(BooleanSupplier running) {
        Tuple after = Tuple.of("", "", perPass);
        List<Aggregates.Customer> found = query(LedgerTable.UNATTRIBUTED, after);
        while (!found.isEmpty() && running.getAsBoolean()) {
            run(found, running);
            Aggregates.Customer last = found.getLast();
            after = Tuple.of(last.tenant().value(), last.customer().value(), perPass);
            found = query(LedgerTable.UNATTRIBUTED, after);
        }
    }

    private void run(List<Aggregates.Customer> customers, BooleanSupplier running) {
        for (Aggregates.Customer customer : customers) {
            Optional<Position> next = Optional.of(Position.START);
            while (next.isPresent() && running.getAsBoolean()) {
                Position after = next.get();
                dimensions.begin();
                try {
                    next = InTransaction.run(pool, sql -> pass(sql, customer, after));
                    dimensions.committed();
                } catch (RefusedException e) { // Some of a quarter have left: this customer's must wait for a person.
                    LOG.warn("ledger.unattributable customer={} why={}", customer, e.refusal());
                    next = Optional.empty();
                }
            }
        }
    }

    private List<Aggregates.Customer> query(String statement, Tuple parameters) {
        List<Aggregates.Customer> customers = new ArrayList<>();
        for (Row row : Future.await(pool.preparedQuery(statement).execute(parameters))) {
            customers.add(new Aggregates.Customer(
                    new TenantId(row.getString("tenant")), new CustomerId(row.getString("customer"))));
        }
        return customers;
    }

    private static Tuple names(List<Aggregates.Customer> customers) {
        return Columns.after()
                .text(customers, customer -> customer.tenant().value())
                .text(customers, customer -> customer.customer().value())
                .tuple();
    }

    /** Attributes some of a customer's entries; answers the last one, unless there are no more. */
    private Optional<Position> pass(SqlConnection sql, Aggregates.Customer customer, Position after) {
        accounts.lock(sql);
        RowSet<Row> rows = Future.await(sql.preparedQuery(LedgerTable.ATTRIBUTABLE)
                .execute(Tuple.of(
                        customer.tenant().value(),
                        customer.customer().value(),
                        Instants.utc(after.recordedAt),
                        after.key,
                        perPass)));
        List<Unattributed> entries = new ArrayList<>();
        rows.forEach(row -> entries.add(Unattributed.of(row)));
        if (entries.isEmpty()) {
            return Optional.empty();
        }
        attribute(sql, customer, standing(sql, entries));
        Unattributed last = entries.getLast();
        return entries.size() < perPass ? Optional.empty() : Optional.of(new Position(last.recordedAt, last.key));
    }

    /** Those that nobody took back before they were locked. */
    private static List<Unattributed> standing(SqlConnection sql, List<Unattributed> entries) {
        UUID[] keys = entries.stream().map(Unattributed::key).toArray(UUID[]::new);
        Set<Position> reversed = new HashSet<>();
        Future.await(sql.preparedQuery(LedgerTable.REVERSED)
                        .execute(Tuple.tuple().addArrayOfUUID(keys)))
                .forEach(row -> reversed.add(
                        new Position(Instants.of(row.getOffsetDateTime("reversed_at")), row.getUUID("event_key"))));
        return entries.stream()
                .filter(entry -> !reversed.contains(new Position(entry.recordedAt, entry.key)))
                .toList();
    }

    private void attribute(SqlConnection sql, Aggregates.Customer customer, List<Unattributed> entries) {
        TenantId tenant = customer.tenant();
        Accounts.Name name = new Accounts.Name(
                tenant, Accounts.By.CUSTOMER, customer.customer().value());
        accounts.load(sql, Set.of(name));
        Backfills backfills = Backfills.hold(sql, tenant);
        List<Covered> covered = new ArrayList<>();
        Aggregates aggregates = new Aggregates();
        for (Unattributed entry : entries) {
            JsonNode data = Json.tree(entry.data);
            List<Meter> meters = Meter.accepting(
                    accounts.countedBy(
                            tenant,
                            entry.type,
                            entry.schemaVersion,
                            entry.masterRevision,
                            meter -> backfills.passed(meter, entry.recordedAt, entry.key)),
                    data);
            Resolution whose = Resolution.of(
                    accounts.account(name), entry.subject, LoggedEvent.subscription(data), entry.time, meters);
            if (whose instanceof Resolution.Counted counted && counted.term().isPresent()) {
                Account.Term term = counted.term().get();
                covered.add(new Covered(entry, term, counted.line()));
                aggregates.move(tenant, customer.customer(), term, entry.time, data, meters);
            }
        }
        if (!covered.isEmpty()) {
            write(sql, customer, covered, aggregates);
            new Rebuild(accounts, dimensions).run(sql, aggregates.anew(), backfills);
            LOG.info("ledger.attributed events={}", covered.size());
        }
    }

    /** Sends every write without waiting for one after the other; the connection keeps their order. */
    private void write(SqlConnection sql, Aggregates.Customer customer, List<Covered> covered, Aggregates aggregates) {
        List<Dictionary.Owner> whose = covered.stream()
                .map(found -> Dictionary.Owner.of(
                        customer.tenant(), customer.customer(), Optional.of(found.term), found.line))
                .toList();
        List<Integer> owners = accounts.dictionary().owners(sql, whose);
        Tuple entries = Columns.after()
                .times(covered, found -> found.entry.recordedAt)
                .uuid(covered, found -> found.entry.key)
                .ints(owners, Function.identity())
                .tuple();
        dimensions.fit(sql, aggregates);
        List<Future<?>> sent = new ArrayList<>();
        sent.add(sql.preparedQuery(LedgerTable.ATTRIBUTE_ENTRIES).execute(entries));
        AggregateWrites.send(sql, aggregates, sent);
        sent.add(sql.preparedQuery(AggregateTable.DELETE_EMPTY_AGGREGATES)
                .execute(Columns.unattributed(aggregates.unattributed())));
        AggregateWrites.sendChanges(sql, aggregates.customers(), "USAGE", sent);
        AggregateWrites.await(sent);
    }
}
