package io.weir.bare;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Puts the ledger's rows into Postgres through unnest, one transaction a batch: the bare cost of recording.
 *
 * <p>It has a database of its own on the same server, migrated by Weir's own files. Rows are made beforehand; what is timed
 * is binding, sending, inserting and committing. The statements of a transaction are pipelined: nothing waits for an answer
 * before the commit, because nothing here depends on one. Its table of ids holds as many as the ledger's does. The statements are the ledger's own, word for word; a test says so.
 */
final class LedgerInsert {
    private static final int ROUND_TRIP_SECONDS = 60;
    private static final String TOPIC = "bare";
    private static final int FILLED_AT_ONCE = 100_000;

    private static final String FILL = """
            insert into event_id (event_key, digest, recorded_at)
            select gen_random_uuid(), gen_random_uuid(), now() from generate_series(1, $1::int)
            """;

    static final String LOCK_PROGRESS = """
            select partition, next_offset from ledger_progress
            where topic = $1 and partition = any($2::int[])
            order by partition for update
            """;

    static final String ADVANCE_PROGRESS = """
            update ledger_progress p set
                next_offset = n.next_offset, arrived_at = greatest(p.arrived_at, n.arrived_at),
                recorded = p.recorded + n.recorded, duplicates = p.duplicates + n.duplicates,
                conflicts = p.conflicts + n.conflicts, held = p.held + n.held, unreadable = p.unreadable + n.unreadable,
                uncounted = p.uncounted + n.uncounted, too_late = p.too_late + n.too_late
            from unnest($2::int[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
                        $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
                 as n(partition, next_offset, arrived_at, recorded, duplicates, conflicts, held, unreadable, uncounted, too_late)
            where p.topic = $1 and p.partition = n.partition
            """;

    static final String INSERT_IDS = """
            with given as (
                select * from unnest($1::uuid[], $2::uuid[]) as g(event_key, digest)
            ), fresh as (
                insert into event_id (event_key, digest, recorded_at)
                select event_key, digest, $3 from given order by event_key
                on conflict do nothing
                returning event_key
            )
            select event_key from given where not exists (select from fresh where fresh.event_key = given.event_key)
            """;

    static final String INSERT_ENTRIES = """
            insert into entry_row (recorded_at, received_at, logged_at, event_time, master_revision, log_offset, log_partition,
                stream, owner, event_key, correlation, source, id, subject, data)
            select $1, received_at, logged_at, event_time, $2, log_offset, log_partition,
                stream, owner, event_key, correlation, source, id, subject, data::jsonb
            from unnest($3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::int[],
                $8::int[], $9::int[], $10::uuid[], $11::bytea[], $12::text[], $13::text[], $14::text[], $15::text[])
                as e(received_at, logged_at, event_time, log_offset, log_partition,
                stream, owner, event_key, correlation, source, id, subject, data)
            """;

    static final String ADD_AGGREGATES = """
            insert into aggregate as a (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value, entries)
            select tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value::numeric, entries
            from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[], $7::text[],
                $8::int[], $9::text[], $10::bigint[])
                as n(tenant, meter, customer, bucket, subscription, subscription_revision, dimensions,
                meter_version, value, entries)
            on conflict (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions, meter_version)
            do update set value = a.value + excluded.value, entries = a.entries + excluded.entries
            """;

    static final String ADD_MONTHS = """
            insert into usage_month as m (tenant, customer, meter, month, value, entries, revision)
            select tenant, customer, meter, month, value::numeric, entries, 1
            from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bigint[])
                as n(tenant, customer, meter, month, value, entries)
            on conflict (tenant, customer, meter, month)
            do update set value = m.value + excluded.value, entries = m.entries + excluded.entries,
                revision = m.revision + 1
            """;

    static final String INSERT_CHANGES = """
            insert into change (tenant, customer, kind)
            select tenant, customer, $3 from unnest($1::text[], $2::text[]) as c(tenant, customer)
            """;

    private final List<PgConnection> connections;
    private final int batchEvents;
    private final Integer[][] partitions;
    private final InstantSource clock = InstantSource.system();
    private long nextEvent;

    private LedgerInsert(List<PgConnection> connections, int batchEvents, int partitions) {
        this.connections = List.copyOf(connections);
        this.batchEvents = batchEvents;
        this.partitions = new Integer[connections.size()][];
        for (int loop = 0; loop < connections.size(); loop++) {
            int own = loop;
            this.partitions[loop] = IntStream.range(0, partitions)
                    .filter(partition -> partition % connections.size() == own)
                    .boxed()
                    .toArray(Integer[]::new);
        }
    }

    /** Makes the database, migrates it and opens the connections. */
    static LedgerInsert prepare(Vertx vertx, Arguments settings) throws IOException {
        PgConnectOptions server = PgConnectOptions.fromUri(settings.text("postgres"));
        String database = settings.text("topic").replaceAll("[^a-z0-9]", "_");
        PgConnection owner = connect(vertx, server);
        done(owner.query("create database " + database).execute());
        done(owner.close());
        PgConnectOptions own =
                new PgConnectOptions(server).setDatabase(database).setCachePreparedStatements(true);
        migrate(vertx, own, Path.of(settings.text("migrations")));
        List<PgConnection> connections = new ArrayList<>();
        for (int connection = 0; connection < settings.number("connections"); connection++) {
            connections.add(connect(vertx, own));
        }
        done(connections
                .getFirst()
                .preparedQuery(
                        "insert into ledger_progress select $1, p, 0, now() from generate_series(0, $2::int - 1) p")
                .execute(Tuple.of(TOPIC, settings.number("partitions"))));
        fill(connections, settings.number("recorded"));
        return new LedgerInsert(connections, settings.number("batchEvents"), settings.number("partitions"));
    }

    /** As many ids as the ledger beside it has: their unique key's pages lie all over, and an insert into few of them is another one. */
    private static void fill(List<PgConnection> connections, int ids) {
        for (int made = 0; made < ids; made += FILLED_AT_ONCE * connections.size()) {
            List<Future<?>> pieces = new ArrayList<>();
            for (PgConnection connection : connections) {
                pieces.add(connection.preparedQuery(FILL).execute(Tuple.of(FILLED_AT_ONCE)));
            }
            done(Future.all(pieces));
        }
    }

    /** Inserts so many new events; the future holds the nanoseconds from the first statement to the last commit. */
    Future<Long> run(int events) {
        Promise<Long> nanos = Promise.promise();
        Thread.ofPlatform().name("insert").start(() -> {
            try {
                nanos.complete(insert(rows(events)));
            } catch (RuntimeException failed) {
                nanos.fail(failed);
            }
        });
        return nanos.future();
    }

    private synchronized List<LedgerRows> rows(int events) {
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        List<LedgerRows> batches = new ArrayList<>();
        for (int made = 0; made < events; made += batchEvents) {
            int size = Math.min(batchEvents, events - made);
            batches.add(LedgerRows.of(nextEvent, size, now));
            nextEvent += size;
        }
        return batches;
    }

    private long insert(List<LedgerRows> batches) {
        AtomicInteger next = new AtomicInteger();
        long start = System.nanoTime();
        List<Future<?>> loops = new ArrayList<>();
        for (int connection = 0; connection < connections.size(); connection++) {
            loops.add(loop(connection, batches, next));
        }
        done(Future.all(loops));
        return System.nanoTime() - start;
    }

    private Future<?> loop(int connection, List<LedgerRows> batches, AtomicInteger next) {
        int batch = next.getAndIncrement();
        return batch >= batches.size()
                ? Future.succeededFuture()
                : transaction(connection, batches.get(batch)).compose(committed -> loop(connection, batches, next));
    }

    private Future<?> transaction(int loop, LedgerRows rows) {
        PgConnection connection = connections.get(loop);
        return Future.all(List.of(
                connection.query("begin").execute(),
                connection.preparedQuery(LOCK_PROGRESS).execute(Tuple.of(TOPIC).addArrayOfInteger(partitions[loop])),
                connection.preparedQuery(ADVANCE_PROGRESS).execute(rows.progress(TOPIC, partitions[loop])),
                connection.preparedQuery(INSERT_IDS).execute(rows.ids()),
                connection.preparedQuery(INSERT_ENTRIES).execute(rows.entries()),
                connection.preparedQuery(ADD_AGGREGATES).execute(rows.aggregates()),
                connection.preparedQuery(ADD_MONTHS).execute(rows.months()),
                connection.preparedQuery(INSERT_CHANGES).execute(rows.changes()),
                connection.query("commit").execute()));
    }

    private static void migrate(Vertx vertx, PgConnectOptions database, Path migrations) throws IOException {
        PgConnection connection = connect(vertx, database);
        try (Stream<Path> files = Files.list(migrations)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".sql"))
                    .sorted()
                    .toList()) {
                done(connection.query(Files.readString(file)).execute());
            }
        }
        done(connection.query("select entry_partitions(now(), 1)").execute());
        done(connection.query("select change_partitions(now(), 6, 24)").execute());
        done(connection.close());
    }

    private static PgConnection connect(Vertx vertx, PgConnectOptions options) {
        return done(PgConnection.connect(vertx, options));
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.await(ROUND_TRIP_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException late) {
            throw new IllegalStateException("Postgres did not answer within " + ROUND_TRIP_SECONDS + " s", late);
        }
    }
}
