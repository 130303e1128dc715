package io.weir.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.pgclient.PgConnectOptions;
import io.weir.local.LocalStack;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/** Entries that were recorded before they had dictionaries. */
class EntriesMigrationTest {
    private static final String ENTRIES = """
            select entry_partitions('2026-11-19T10:00:00Z', 0);
            insert into entry (recorded_at, received_at, logged_at, event_time, event_key, master_revision, log_offset,
                subscription_revision, log_partition, schema_version, tenant, source, id, event_type, subject, correlation,
                customer, subscription, item, legal_entity, held, data)
            select '2026-11-19T10:00:00Z'::timestamptz + n * interval '9 hours', now(), now(), now(), gen_random_uuid(), 7, n,
                case when n % 4 = 0 then 3 end, 2, 1 + n % 2, 'demo', '/a-' || n % 3, 'e-' || n, 'llm.completion', 'ws',
                case when n % 5 = 0 then 'by hand' else replace(gen_random_uuid()::text, '-', '') end,
                case when n % 4 < 3 then 'cust-' || n % 3 end, case when n % 4 = 0 then 'sub-1' end,
                case when n % 4 = 0 then 'item' end, case when n % 4 = 0 then 'main' end,
                case when n % 4 = 3 then 'unmatched_account' end, jsonb_build_object('n', n)
            from generate_series(1, 40) n
            """;

    @Test
    void are_read_as_they_were() throws SQLException {
        LocalStack stack = LocalStack.shared();
        String url =
                stack.jdbcUrl(PgConnectOptions.fromUri(stack.freshDatabase()).getDatabase());
        try (Connection connection = DriverManager.getConnection(url, stack.postgresUser(), stack.postgresPassword());
                Statement sql = connection.createStatement()) {
            migrate(stack, url, "31");
            sql.execute(ENTRIES);
            List<String> before = column(sql, "select e::text from entry e order by id");
            migrate(stack, url, "latest");
            assertEquals(40, before.size());
            assertEquals(before, column(sql, "select e::text from entry e order by id"));
            assertEquals(
                    column(sql, "select id from entry where customer is not null and subscription is null order by id"),
                    column(sql, "select id from entry_row where owner < 0 order by id"));
            assertEquals(List.of("1"), column(sql, "select count(*) from entry_20261119"), "in its day's partition");
        }
    }

    private static void migrate(LocalStack stack, String url, String target) {
        Flyway.configure()
                .dataSource(url, stack.postgresUser(), stack.postgresPassword())
                .locations("classpath:db/migration")
                .target(target)
                .load()
                .migrate();
    }

    private static List<String> column(Statement sql, String query) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = sql.executeQuery(query)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
