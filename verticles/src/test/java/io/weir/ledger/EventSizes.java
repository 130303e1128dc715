package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;

import io.vertx.core.Future;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.EventKeys;
import io.weir.schemas.Instants;
import io.weir.schemas.UsageLog;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.logging.Logger;

/**
 * A measurement, no test: bytes on disk of a recorded event of 250 bytes (entry and each of its indexes), recorded by the ledger's
 * own code, and of the ids of many (10 million), written by its own statement; both in batches of 2,000. Arguments: ids, events.
 */
final class EventSizes {
    private static final Logger LOG = Logger.getLogger("measurement");
    private static final int BATCH = 2_000;

    private static final String SIZES = """
            select c.relname as name, pg_relation_size(c.oid) as bytes
            from pg_class c
            where c.relname ~ $1 and c.relkind in ('r', 'i', 't') and pg_relation_size(c.oid) > 0
            union all
            select c.relname || ' (toast, visibility and free space)',
                pg_table_size(c.oid) - pg_relation_size(c.oid)
            from pg_class c where c.relname ~ $1 and c.relkind = 'r'
            order by 1
            """;

    /** What each column takes of a row, without the row's own head (28 bytes with its pointer) and alignment. */
    private static final String COLUMNS = """
            select k.name, round(avg(k.bytes), 1) as bytes
            from (select * from entry_row limit 10000) e
            cross join lateral (values
                ('four timestamps, master revision, place in the log', 52), ('event_key', 16), ('stream and owner', 8),
                ('correlation', pg_column_size(e.correlation)), ('source', pg_column_size(e.source)),
                ('id', pg_column_size(e.id)), ('subject', pg_column_size(e.subject)),
                ('data', pg_column_size(e.data))) k (name, bytes)
            group by 1 order by 2 desc
            """;

    private EventSizes() {}

    public static void main(String[] arguments) {
        int ids = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000_000;
        int events = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500_000;
        try (Scene scene = new Scene()) {
            scene.database.run("select entry_partitions('2026-11-20T00:00:00Z', 0)");
            recorded(scene, events);
            told(scene, "^entry_2", events);
            scene.database
                    .run(COLUMNS)
                    .forEach(row -> LOG.info(row.getString("name") + ": " + row.getBigDecimal("bytes")));
            told(scene, "^event_id", events);
            scene.database.run("truncate event_id");
            inserted(scene, ids);
            told(scene, "^event_id", ids);
        }
        System.exit(0);
    }

    private static void recorded(Scene scene, int events) {
        Scene.Loop loop = scene.loop(100_000);
        for (int from = 0; from < events; from += BATCH) {
            List<LogRecord> records = new ArrayList<>(BATCH);
            for (int n = from; n < Math.min(events, from + BATCH); n++) {
                records.add(record(n));
            }
            loop.record(records);
        }
        LOG.info("an event has " + record(0).value().length + " bytes");
    }

    /** Ids and correlations are as random as they are in life. */
    private static LogRecord record(int n) {
        UUID random = EventKeys.digest("event " + n);
        String json = """
                {"specversion":"1.0","id":"%s","source":"/checkout/eu-central-1/a-02","type":"llm.completion","subject":"ws-%03d",\
                "time":"2026-11-20T09:%02d:%02d.123Z","data":{"model":"m%d","region":"eu","inputTokens":%d,"outputTokens":%d}}""".formatted(random, 1 + n % 100, n / 60 % 60, n % 60, n % 4, n % 5_000, n % 777);
        return new LogRecord(
                0,
                n,
                Events.ARRIVED,
                UsageLog.key(Events.DEMO, "ws"),
                json.getBytes(StandardCharsets.UTF_8),
                Events.RECEIVED,
                random.toString().replace("-", ""),
                1,
                Optional.empty());
    }

    private static void inserted(Scene scene, int ids) {
        SqlConnection sql = await(scene.database.pool().getConnection());
        await(sql.query("set synchronous_commit = off").execute());
        PreparedQuery<RowSet<Row>> insert = sql.preparedQuery(LedgerTable.INSERT_IDS);
        OffsetDateTime at = Instants.utc(Events.ARRIVED);
        List<Future<?>> under = new ArrayList<>();
        for (int from = 0; from < ids; from += BATCH) {
            UUID[] keys = new UUID[BATCH];
            UUID[] digests = new UUID[BATCH];
            for (int n = 0; n < BATCH; n++) {
                keys[n] = EventKeys.digest("key " + (from + n));
                digests[n] = EventKeys.digest("digest " + (from + n));
            }
            under.add(insert.execute(
                    Tuple.tuple().addArrayOfUUID(keys).addArrayOfUUID(digests).addOffsetDateTime(at)));
            if (under.size() == 4) {
                await(Future.all(under));
                under.clear();
            }
        }
        await(Future.all(under));
        await(sql.close());
    }

    private static void told(Scene scene, String tables, long rows) {
        for (Row row : scene.database.run(SIZES, tables)) {
            long bytes = row.getLong("bytes");
            LOG.info("%s of %d rows: %d bytes, %.1f a row"
                    .formatted(row.getString("name"), rows, bytes, (float) bytes / rows));
        }
    }
}
