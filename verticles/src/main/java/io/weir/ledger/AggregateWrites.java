package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Aggregation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes what aggregates add: for all that count in the same order of statements, and in each in key order, so that none can
 * wait for another in a circle. Nothing is awaited; meters that keep sums alone cost the statements that they always did.
 */
final class AggregateWrites {
    private static final Comparator<Columns.Value> ORDER =
            Comparator.comparing(Columns.Value::row).thenComparing(Columns.Value::sample);

    private AggregateWrites() {}

    /** Sends rows, values and months; each is to be awaited. */
    static void send(SqlConnection sql, Aggregates aggregates, List<Future<?>> sent) {
        sendRows(sql, aggregates, sent);
        sendMonths(sql, aggregates, sent);
    }

    /** Sends rows and values alone. */
    static void sendRows(SqlConnection sql, Aggregates aggregates, List<Future<?>> sent) {
        sendSums(sql, aggregates, sent);
        Map<Aggregation, Map<Aggregates.Key, Addend>> ones = new EnumMap<>(Aggregation.class);
        aggregates.rows().forEach((key, addend) -> {
            if (addend.how().keeps() == Aggregation.Keeps.ONE) {
                ones.computeIfAbsent(addend.how(), absent -> new LinkedHashMap<>())
                        .put(key, addend);
            }
        });
        ones.forEach((how, rows) -> sent.add(sendOnes(sql, how, rows)));
        sendValues(sql, aggregates, sent);
    }

    /** Sends months alone. */
    static void sendMonths(SqlConnection sql, Aggregates aggregates, List<Future<?>> sent) {
        Map<Aggregates.MonthKey, Addend> months = aggregates.months();
        if (!months.isEmpty()) {
            sent.add(sql.preparedQuery(AggregateTable.ADD_MONTHS).execute(Columns.months(months)));
        }
    }

    /** Sends the rows that are sums alone. */
    static void sendSums(SqlConnection sql, Aggregates aggregates, List<Future<?>> sent) {
        Map<Aggregates.Key, Addend> sums = aggregates.rows();
        sums.values().removeIf(addend -> addend.how().keeps() == Aggregation.Keeps.ONE);
        if (!sums.isEmpty()) {
            sent.add(send(sql, AggregateTable.ADD_AGGREGATES, Columns.aggregates(sums)));
        }
    }

    /** Sends values alone. */
    static void sendValues(SqlConnection sql, Aggregates aggregates, List<Future<?>> sent) {
        List<Columns.Value> values = new ArrayList<>();
        aggregates
                .rows()
                .forEach((key, addend) ->
                        addend.samples().forEach((sample, times) -> values.add(new Columns.Value(key, sample, times))));
        if (!values.isEmpty()) {
            values.sort(ORDER);
            sent.add(send(sql, AggregateTable.ADD_VALUES, Columns.values(values)));
            if (values.stream().anyMatch(value -> value.occurrences() < 0)) {
                sent.add(send(sql, AggregateTable.DELETE_EMPTY_VALUES, Columns.values(values)));
            }
        }
    }

    private static Future<?> sendOnes(SqlConnection sql, Aggregation how, Map<Aggregates.Key, Addend> rows) {
        return switch (how) {
            case MIN -> send(sql, AggregateTable.ADD_LOWEST, Columns.aggregates(rows));
            case MAX -> send(sql, AggregateTable.ADD_HIGHEST, Columns.aggregates(rows));
            case LATEST -> send(sql, AggregateTable.ADD_LATEST, Columns.latest(rows));
            case COUNT, SUM, AVG, UNIQUE, WEIGHTED_SUM, PERCENTILE ->
                throw new IllegalStateException(how + " keeps more than one value");
        };
    }

    private static Future<?> send(SqlConnection sql, String statement, Columns columns) {
        return sql.preparedQuery(statement).execute(columns.tuple());
    }

    /** Sends whose usage, or what else of them, changed. */
    static void sendChanges(
            SqlConnection sql, Collection<Aggregates.Customer> customers, String kind, List<Future<?>> sent) {
        if (!customers.isEmpty()) {
            Tuple changes = Columns.changes(customers, kind);
            sent.add(sql.preparedQuery(LedgerTable.INSERT_CHANGES).execute(changes));
        }
    }

    /** Waits for each, in their order: after one that fails, the others fail for no reason of their own. */
    static void await(List<Future<?>> sent) {
        for (Future<?> write : sent) {
            Future.await(write);
        }
    }
}
