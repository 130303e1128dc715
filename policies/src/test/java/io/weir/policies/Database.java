package io.weir.policies;

import static io.weir.policies.Door.await;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Tuple;
import io.weir.local.LocalStack;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** A database of the test's own, migrated like the real one, with the tenant {@code demo}. */
final class Database implements AutoCloseable {
    final Pool pool;

    Database(Vertx vertx) {
        LocalStack stack = LocalStack.shared();
        PgConnectOptions options = PgConnectOptions.fromUri(stack.freshDatabase());
        Flyway.configure()
                .dataSource(stack.jdbcUrl(options.getDatabase()), stack.postgresUser(), stack.postgresPassword())
                .locations("classpath:db/migration")
                .load()
                .migrate();
        pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(2))
                .connectingTo(options)
                .using(vertx)
                .build();
        run("insert into organisation (organisation, name) values ('demo', 'Demo')");
        run("insert into tenant (tenant, organisation, name, region) values ('demo', 'demo', 'Demo', 'local')");
    }

    void run(String sql, @Nullable Object... parameters) {
        await(pool.preparedQuery(sql).execute(Tuple.wrap(parameters)));
    }

    @Override
    public void close() {
        await(pool.close());
    }
}
