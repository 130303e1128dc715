package io.weir.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.weir.settings.WeirSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;

/** Postgres: its schema, and a pool for each flow class, so that a flood of one never takes the connections of another. */
final class Database {
    private static final int STATEMENTS_CACHED = 256;
    private static final int OLDEST_POSTGRES = 17;

    private Database() {}

    /** Brings the schema up to this build's. Blocks; called before anything else is started. */
    static void migrate(WeirSettings.Postgres settings) {
        PgConnectOptions at = address(settings);
        String url = "jdbc:postgresql://" + at.getHost() + ":" + at.getPort() + "/" + at.getDatabase()
                + "?connectTimeout=" + Math.max(1, settings.connectTimeoutMillis() / 1_000);
        try {
            checkVersion(url, at);
            Flyway.configure()
                    .dataSource(url, at.getUser(), at.getPassword())
                    .locations("classpath:db/migration")
                    .validateMigrationNaming(true)
                    .load()
                    .migrate();
        } catch (FlywayValidateException e) {
            throw new StartFailure(
                    "the database's schema is not one that this build can bring up to date: " + e.getMessage()
                            + " Use the build that made it, or another database (postgres.uri, WEIR_POSTGRES_URI).",
                    e);
        } catch (FlywayException | SQLException e) {
            throw new StartFailure(
                    "Postgres at " + at.getHost() + ":" + at.getPort() + " does not answer or does not let Weir in ("
                            + reason(e) + "). Is it running, and is postgres.uri (WEIR_POSTGRES_URI) right?",
                    e);
        }
    }

    private static void checkVersion(String url, PgConnectOptions at) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, at.getUser(), at.getPassword())) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            if (version < OLDEST_POSTGRES) {
                throw new StartFailure("Postgres at " + at.getHost() + ":" + at.getPort() + " is version " + version
                        + ": Weir needs " + OLDEST_POSTGRES + " or newer (transaction_timeout)");
            }
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure;
        for (Throwable next = cause.getCause(); next != null; next = next.getCause()) {
            cause = next;
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }

    /** The pool of a flow class. */
    static Pool pool(Vertx vertx, WeirSettings settings, String flow) {
        WeirSettings.Flow of = settings.flow(flow);
        Map<String, String> properties = new HashMap<>();
        properties.put("application_name", "weir-" + flow);
        boolean archive = flow.equals("archive");
        int transactionMillis = settings.postgres().transactionTimeoutMillis();
        int statementMillis = settings.ledger().statementTimeoutMillis();
        int archiveMillis = settings.retention().statementTimeoutMillis();
        properties.put("transaction_timeout", (archive ? archiveMillis : transactionMillis) + "ms");
        properties.put("statement_timeout", (archive ? archiveMillis : statementMillis) + "ms");
        properties.put("TimeZone", "UTC");
        PgConnectOptions connect = address(settings.postgres());
        connect.getProperties().putAll(properties);
        connect.setCachePreparedStatements(true).setPreparedStatementCacheMaxSize(STATEMENTS_CACHED);
        NetClientOptions net =
                new NetClientOptions().setConnectTimeout(settings.postgres().connectTimeoutMillis());
        PoolOptions options = new PoolOptions()
                .setName("postgres-" + flow)
                .setMaxSize(of.connections())
                .setMaxWaitQueueSize(of.queue())
                .setConnectionTimeout(settings.postgres().connectTimeoutMillis())
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS);
        return PgBuilder.pool()
                .with(options)
                .with(net)
                .connectingTo(connect)
                .using(vertx)
                .build();
    }

    private static PgConnectOptions address(WeirSettings.Postgres settings) {
        try {
            return PgConnectOptions.fromUri(settings.uri().value());
        } catch (IllegalArgumentException e) {
            throw new StartFailure(
                    "postgres.uri (WEIR_POSTGRES_URI) is not postgres://user:password@host:port/name", e);
        }
    }
}
