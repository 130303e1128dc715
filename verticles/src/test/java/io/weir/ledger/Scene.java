package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Address;
import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A ledger of the demo tenant on a database of its own. */
final class Scene implements AutoCloseable {
    static final String TOPIC = "usage";
    static final int PARTITIONS = 4;

    final Vertx vertx = Vertx.vertx();
    final TestDatabase database = TestDatabase.fresh(vertx).seedDemo();
    final TestClock clock = TestClock.at("2026-11-20T10:00:00Z");

    Scene() {
        Address.prepare(vertx);
        await(database.pool().preparedQuery(LedgerTable.START_PROGRESS).execute(Tuple.of(TOPIC, PARTITIONS)));
    }

    /** A virtual thread of the ledger's kind, with a recorder that only it uses. */
    static final class Loop extends VerticleBase {
        private final Recorder recorder;

        private Loop(Recorder recorder) {
            this.recorder = recorder;
        }

        Recorded record(LogRecord... records) {
            return record(List.of(records));
        }

        Recorded record(List<LogRecord> records) {
            return await(recording(records, Set.of()));
        }

        Future<Recorded> recording(List<LogRecord> records, Set<Integer> gapsAllowed) {
            return on(() -> recorder.record(Batch.of(records), gapsAllowed));
        }

        <T> Future<T> on(Supplier<T> work) {
            Promise<T> done = Promise.promise();
            context.runOnContext(go -> {
                try {
                    done.complete(work.get());
                } catch (RuntimeException e) {
                    done.fail(e);
                }
            });
            return done.future();
        }
    }

    Loop loop() {
        return loop(1_000);
    }

    Loop loop(int cacheSize) {
        return loop(cacheSize, 1_000);
    }

    Loop loop(int cacheSize, int maxDimensionSets) {
        return loop(cacheSize, maxDimensionSets, TooLate.NEVER);
    }

    /** As a node's loops are: what is older than the tenant's window and the grace is not recorded. */
    Loop loop(Duration lateGrace) {
        return loop(1_000, 1_000, new TooLate(lateGrace));
    }

    private Loop loop(int cacheSize, int maxDimensionSets, TooLate late) {
        Loop loop = new Loop(new Recorder(
                database.pool(),
                TOPIC,
                new Accounts(cacheSize),
                new DimensionSets(maxDimensionSets, cacheSize),
                late,
                clock));
        deploy(loop);
        return loop;
    }

    String deploy(VerticleBase verticle) {
        return await(vertx.deployVerticle(
                verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
    }

    /** What counts held events, not deployed. */
    HeldVerticle held() {
        WeirSettings settings = settings(Map.of());
        return new HeldVerticle(database.pool(), settings.ledger(), settings.meters(), clock);
    }

    /** The distributed settings, with these names of the environment. */
    static WeirSettings settings(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("WEIR_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
        all.putIfAbsent("WEIR_POSTGRES_URI", "postgres://127.0.0.1/none");
        return SettingsLoader.load(WeirSettings.class, List.of(Path.of("../conf/weir.yaml")), all);
    }

    long count(String sql, @Nullable Object... parameters) {
        return database.run("select count(*) " + sql, parameters)
                .iterator()
                .next()
                .getLong(0);
    }

    String one(String sql, @Nullable Object... parameters) {
        return String.valueOf(database.run(sql, parameters).iterator().next().getValue(0));
    }

    List<String> column(String sql, @Nullable Object... parameters) {
        List<String> values = new ArrayList<>();
        for (Row row : database.run(sql, parameters)) {
            values.add(String.valueOf(row.getValue(0)));
        }
        return values;
    }

    /** Waits until the query answers true; while Postgres is away, it is not true. */
    void until(String query) {
        Promise<Void> done = Promise.promise();
        vertx.setPeriodic(
                10,
                look -> database.pool().query(query).execute().onSuccess(rows -> {
                    if (rows.iterator().next().getBoolean(0) && done.tryComplete()) {
                        vertx.cancelTimer(look);
                    }
                }));
        await(done.future());
    }

    /** Counted output tokens, of all customers, as the aggregates have them. */
    BigDecimal outputTokens() {
        return database.run("select coalesce(sum(value), 0) from aggregate where meter = 'llm_output_tokens'")
                .iterator()
                .next()
                .getBigDecimal(0);
    }

    /** A sum of the tallies, such as {@code duplicates}. */
    long tally(String column) {
        return database.run("select sum(" + column + ")::bigint from ledger_progress")
                .iterator()
                .next()
                .getLong(0);
    }

    /** Gives a customer another product identity, as the master data's writer does. */
    void identity(String subject, String customer) {
        database.run("update master_data set revision = revision + 1");
        database.run("""
                insert into customer_identity (tenant, system, key, customer, revision, effective_from)
                select 'demo', 'product', $1, $2, revision, '2026-01-01T00:00:00Z' from master_data
                """, subject, customer);
    }

    /** Gives a customer another subscription. */
    void subscription(String subscription, String customer) {
        database.run("update master_data set revision = revision + 1");
        database.run("""
                insert into subscription (tenant, subscription, revision, effective_from, customer, contract, plan,
                    starts_at, currency)
                select 'demo', $1, revision, '2026-01-01T00:00:00Z', $2, 'c', 'standard', '2026-01-01T00:00:00Z', 'USD'
                from master_data
                """, subscription, customer);
    }

    @Override
    public void close() {
        database.close();
        await(vertx.close());
    }
}
