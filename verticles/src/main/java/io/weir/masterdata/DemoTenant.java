package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The tenant that a first start is shown with: catalog, a hundred customers and their subscriptions; beside it the tenant
 * {@code other}, which holds nothing.
 */
public final class DemoTenant {
    private static final List<String> WITH_REVISION = List.of(
            DemoTable.METERS,
            DemoTable.FEATURES,
            DemoTable.PLANS,
            DemoTable.PLAN_FEATURES,
            DemoTable.PRICES,
            DemoTable.CUSTOMERS,
            DemoTable.IDENTITIES,
            DemoTable.CONTRACTS,
            DemoTable.SUBSCRIPTIONS,
            DemoTable.LINES);

    private DemoTenant() {}

    /**
     * Seeds both tenants in one transaction; does nothing where tenant {@code demo} exists.
     *
     * @param region their home region
     */
    public static Future<Void> seed(Pool pool, String region) {
        return pool.withTransaction(connection -> MasterDataTable.lock(connection)
                .compose(locked -> connection.preparedQuery(DemoTable.EXISTS).execute())
                .compose(rows ->
                        rows.iterator().next().getBoolean(0) ? Future.succeededFuture() : write(connection, region))
                .mapEmpty());
    }

    private static Future<?> write(SqlClient connection, String region) {
        return connection
                .preparedQuery(DemoTable.ORGANISATIONS)
                .execute()
                .compose(done -> connection.preparedQuery(DemoTable.TENANTS).execute(Tuple.of(region)))
                .compose(done -> MasterDataTable.nextRevision(connection))
                .compose(revision -> connection
                        .preparedQuery(DemoTable.SCHEMAS)
                        .execute(Tuple.of(revision, schema("llm.completion"), schema("api.request")))
                        .compose(done -> writeAll(connection, revision)))
                .compose(done -> connection.preparedQuery(DemoTable.CHANGES).execute());
    }

    private static Future<?> writeAll(SqlClient connection, long revision) {
        Future<?> last = Future.succeededFuture();
        for (String sql : WITH_REVISION) {
            last = last.compose(done -> connection.preparedQuery(sql).execute(Tuple.of(revision)));
        }
        return last;
    }

    private static String schema(String eventType) {
        String name = "/demo/" + eventType + ".v1.json";
        try (InputStream in = DemoTenant.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
