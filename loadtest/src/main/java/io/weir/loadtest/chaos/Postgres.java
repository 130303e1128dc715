package io.weir.loadtest.chaos;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;

/** The throw-away database, by SQL: what the ledger holds, its connections cut, and canaries let in. */
final class Postgres {
    private static final String IDS = """
            select e.id, count(*)::int, min(e.customer), min((e.data ->> 'inputTokens')::int),
                min((e.data ->> 'outputTokens')::int), min(e.event_time)
            from entry e
            where e.source = ? and e.held is null and not exists (
                select from correction c where c.event_key = e.event_key and c.reversed_at = e.recorded_at)
            group by e.id
            """;

    /** Entries that came by a backfill set, whatever was corrected since. */
    private static final String BY_SETS =
            "select id, count(*)::int from entry where source = ? and log_partition = -3 group by id";

    private static final String CONFLICTS =
            "select id, count(*)::int from ledger_exception where source = ? and reason = 'conflict' group by id";

    private static final String SUMS = """
            select customer,
                sum(case when meter = 'llm_requests' then %1$s else 0 end),
                sum(case when meter = 'llm_input_tokens' then %1$s else 0 end),
                sum(case when meter = 'llm_output_tokens' then %1$s else 0 end)
            from %2$s where tenant = 'demo' group by customer
            """;

    private static final String TERMINATE = """
            select count(pg_terminate_backend(pid)) from pg_stat_activity
            where pid <> pg_backend_pid() and datname = current_database()
            """;

    private final String url;
    private final String user;
    private final String password;

    Postgres(String uri) {
        URI parsed = URI.create(uri);
        String[] who = parsed.getUserInfo().split(":", 2);
        this.url = "jdbc:postgresql://" + parsed.getHost() + ":" + parsed.getPort() + parsed.getPath()
                + "?connectTimeout=3&socketTimeout=60";
        this.user = who[0];
        this.password = who[1];
    }

    /** How often each id of the source stands in the ledger, counted, and as what. */
    Map<String, Standing> ids(String source) {
        return ask(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(IDS)) {
                statement.setString(1, source);
                Map<String, Standing> found = new HashMap<>();
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        found.put(
                                rows.getString(1),
                                new Standing(
                                        rows.getInt(2),
                                        Customers.number(rows.getString(3)),
                                        rows.getInt(4),
                                        rows.getInt(5),
                                        rows.getObject(6, OffsetDateTime.class).toInstant()));
                    }
                }
                return found;
            }
        });
    }

    /** How often each id of the source was recorded by a backfill set. */
    Map<String, Integer> bySets(String source) {
        return counts(BY_SETS, source);
    }

    /** How often each id of the source came with other content than the ledger has. */
    Map<String, Integer> conflicts(String source) {
        return counts(CONFLICTS, source);
    }

    private Map<String, Integer> counts(String sql, String source) {
        return ask(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, source);
                Map<String, Integer> counts = new HashMap<>();
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        counts.put(rows.getString(1), rows.getInt(2));
                    }
                }
                return counts;
            }
        });
    }

    /** What the aggregates come to. */
    Map<Integer, Sums> aggregates() {
        return sums(SUMS.formatted("value", "aggregate"));
    }

    /** How many entries the aggregates say that they hold; one column of quantities is enough. */
    Map<Integer, Sums> aggregatedEntries() {
        return sums(SUMS.formatted("entries", "aggregate"));
    }

    /** What the months come to, from which entitlements are answered. */
    Map<Integer, Sums> months() {
        return sums(SUMS.formatted("value", "usage_month"));
    }

    private Map<Integer, Sums> sums(String sql) {
        return ask(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                Map<Integer, Sums> sums = new HashMap<>();
                while (rows.next()) {
                    sums.put(
                            Customers.number(rows.getString(1)),
                            new Sums(rows.getLong(2), rows.getLong(3), rows.getLong(4)));
                }
                return sums;
            }
        });
    }

    /** Ends every connection but this one; a database that is away has none. */
    void terminateAll() {
        try (Connection connection = DriverManager.getConnection(url, user, password);
                Statement statement = connection.createStatement()) {
            statement.execute(TERMINATE);
        } catch (SQLException away) {
            // another fault has it
        }
    }

    void execute(String sql) {
        ask(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    private interface Question<T> {
        T ask(Connection connection) throws SQLException;
    }

    private <T> T ask(Question<T> question) {
        try (Connection connection = DriverManager.getConnection(url, user, password)) {
            return question.ask(connection);
        } catch (SQLException failed) {
            throw new ChaosFailure("Postgres: " + failed.getMessage(), failed);
        }
    }
}
