package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Locks;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.SubscriptionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Makes quarters of aggregates anew from their entries: where an entry's share cannot be taken out of them, since one value
 * stands for many. Ingest goes on: a batch that counts in such a quarter either is waited for, and then its entries are seen
 * here, or waits, and then adds to what is made here. Months are not touched: they are sums.
 */
final class Rebuild {
    private final Accounts accounts;
    private final DimensionSets dimensions;

    Rebuild(Accounts accounts, DimensionSets dimensions) {
        this.accounts = accounts;
        this.dimensions = dimensions;
    }

    /** Makes them anew; the caller holds the master data's lock, and backfills, and has loaded the tenant's meters. */
    void run(SqlConnection sql, Collection<Aggregates.Quarter> quarters, Backfills backfills) {
        for (Aggregates.Quarter quarter : quarters) {
            accounts.version(quarter.tenant(), quarter.meter(), quarter.version())
                    .ifPresent(meter -> run(sql, quarter, meter, backfills));
        }
    }

    private void run(SqlConnection sql, Aggregates.Quarter quarter, Meter meter, Backfills backfills) {
        checkKept(sql, quarter, meter);
        String whose = quarter.tenant().value() + "/" + quarter.customer().value();
        sql.preparedQuery(AggregateTable.LOCK_QUARTERS_OF).execute(Tuple.of(Locks.QUARTERS, whose));
        sql.preparedQuery(AggregateTable.LOCK_QUARTER).execute(key(quarter));
        Aggregates aggregates = new Aggregates();
        for (Row row : Future.await(sql.preparedQuery(AggregateTable.TAKE_QUARTER)
                .execute(key(quarter).addValue(meter.eventType())))) {
            count(aggregates, quarter, row, backfills);
        }
        dimensions.fit(sql, aggregates);
        List<Future<?>> sent = new ArrayList<>();
        AggregateWrites.sendRows(sql, aggregates, sent);
        AggregateWrites.await(sent);
    }

    private static Tuple key(Aggregates.Quarter quarter) {
        return Tuple.of(
                quarter.tenant().value(),
                quarter.meter(),
                quarter.version(),
                quarter.customer().value(),
                Instants.utc(quarter.start()));
    }

    /** Of a quarter of which entries have left, the rest alone would make another value. */
    private static void checkKept(SqlConnection sql, Aggregates.Quarter quarter, Meter meter) {
        Tuple span = Tuple.of(quarter.tenant().value(), meter.eventType(), Instants.utc(quarter.start()));
        if (Future.await(sql.preparedQuery(AggregateTable.QUARTER_LEFT).execute(span))
                        .size()
                > 0) {
            throw new RefusedException(new Refusal.Conflict(
                    "event-archived",
                    "other events of its quarter hour are in the archive alone, and meter " + quarter.meter()
                            + " cannot be made anew without them"));
        }
    }

    private void count(Aggregates aggregates, Aggregates.Quarter quarter, Row row, Backfills backfills) {
        Instant recordedAt = Instants.of(row.getOffsetDateTime("recorded_at"));
        accounts
                .countedBy(
                        quarter.tenant(),
                        row.getString("event_type"),
                        row.getInteger("schema_version"),
                        row.getLong("master_revision"),
                        meter -> backfills.passed(meter, recordedAt, row.getUUID("event_key")))
                .stream()
                .filter(meter -> meter.version() == quarter.version()
                        && meter.key().value().equals(quarter.meter()))
                .forEach(meter -> aggregates.count(
                        new Aggregates.Counting(
                                quarter.tenant(),
                                whose(quarter.customer(), row),
                                Instants.of(row.getOffsetDateTime("event_time")),
                                data(row)),
                        meter));
    }

    private static JsonNode data(Row row) {
        return Json.tree(row.getString("data"));
    }

    /** Whose the entry is, as it was resolved. */
    static Resolution.Counted whose(CustomerId customer, Row row) {
        String subscription = row.getString("subscription");
        return new Resolution.Counted(
                customer,
                subscription == null
                        ? Optional.empty()
                        : Optional.of(new Account.Term(
                                new SubscriptionId(subscription),
                                row.getLong("subscription_revision"),
                                Instant.MIN,
                                Instant.MAX,
                                Instant.MIN,
                                Instant.MAX,
                                List.of())),
                Optional.empty());
    }
}
