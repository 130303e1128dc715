package io.weir.metering;

import static io.weir.fixtures.TestDatabase.await;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.weir.fixtures.Callers;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Instants;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.logging.Logger;

/**
 * A measurement, no test: how long answers take over many recorded events (an argument; 10 million) of a month, a hundred
 * customers and eight combinations of dimensions. Entries and aggregates are written as the ledger would have them; asked is
 * a random customer's month by hour, through the stage's own queries, one after the other.
 */
final class ManyEvents {
    private static final Logger LOG = Logger.getLogger("measurement");
    private static final Instant NOW = Instant.parse("2026-11-20T10:07:00Z");
    private static final int QUESTIONS = 500;

    private static final String STREAM = """
            insert into entry_stream (tenant, source, event_type, schema_version)
            values ('demo', '/measurement', 'llm.completion', 1)
            """;

    private static final String OWNERS = """
            insert into entry_owner (owner, tenant, customer, subscription, subscription_revision, item, legal_entity)
            select n, 'demo', 'cust-' || to_char(n, 'FM000'), 'sub-' || to_char(n, 'FM000'), 1, 'llm-output-tokens', 'main'
            from generate_series(1, 100) n
            """;

    private static final String ENTRIES = """
            insert into entry_row (recorded_at, received_at, logged_at, event_time, master_revision, log_offset, log_partition,
                stream, owner, event_key, correlation, source, id, subject, data)
            select t.at, t.at, t.at, t.at, 1, n, 0, s.stream, 1 + n % 100, gen_random_uuid(), uuid_send(gen_random_uuid()), '',
                n::text, 'ws-' || to_char(1 + n % 100, 'FM000'),
                jsonb_build_object('model', 'm' || n / 100 % 4, 'region', case when n / 400 % 2 = 0 then 'eu' else 'us' end,
                    'inputTokens', n % 1000, 'outputTokens', n % 777)
            from generate_series($1::bigint, $2::bigint - 1) n
            cross join entry_stream s
            cross join lateral (
                select timestamptz '2026-10-20T10:00:00Z' + n * (interval '31 days' / $3::bigint) as at) t
            """;

    private static final String AGGREGATES = """
            insert into aggregate (bucket, subscription_revision, entries, meter_version, tenant, meter, customer, subscription,
                dimensions, value)
            select date_bin('15 minutes', event_time, 'epoch'), 1, count(*), 1, 'demo', 'llm_output_tokens', customer,
                subscription, format('{"model":"%s","region":"%s"}', data ->> 'model', data ->> 'region'),
                sum((data ->> 'outputTokens')::int)
            from entry
            where event_time >= $1::timestamptz and event_time < $1::timestamptz + interval '1 day'
            group by 1, customer, subscription, data ->> 'model', data ->> 'region'
            """;

    private ManyEvents() {}

    public static void main(String[] arguments) throws Exception {
        long events = arguments.length == 0 ? 10_000_000 : Long.parseLong(arguments[0]);
        Vertx vertx = Vertx.vertx();
        TestDatabase database = TestDatabase.fresh(vertx).seedDemo();
        database.run(STREAM);
        database.run(OWNERS);
        for (long from = 0; from < events; from += 100_000) {
            database.run(ENTRIES, from, Math.min(events, from + 100_000), events);
        }
        patiently(database, "vacuum analyze entry_row");
        for (int day = 0; day <= 31; day++) {
            database.run(
                    AGGREGATES,
                    Instants.utc(Instant.parse("2026-10-20T00:00:00Z").plus(Duration.ofDays(day))));
        }
        patiently(database, "vacuum analyze aggregate");
        UsageQueries usage = new UsageQueries(
                database.pool(),
                new WeirSettings.Metering(10_000, 400, 500_000),
                TestClock.at(NOW.toString()),
                () -> Optional.of(NOW));
        for (String[] span : new String[][] {
            {"2026-10-20T10:00:00Z", "2026-11-20T10:00:00Z"}, {"2026-10-20T10:07:11Z", "2026-11-20T10:07:00Z"}
        }) {
            LOG.info(String.join(" to ", span) + ": " + measured(usage, span));
        }
        database.close();
        await(vertx.close());
        System.exit(0);
    }

    private static void patiently(TestDatabase database, String sql) throws Exception {
        database.pool()
                .query(sql)
                .execute()
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }

    private static String measured(UsageQueries usage, String[] span) {
        Random random = new Random(1);
        long[] micros = new long[QUESTIONS];
        for (int i = -50; i < QUESTIONS; i++) {
            MultiMap question = MultiMap.caseInsensitiveMultiMap()
                    .add("meter", "llm_output_tokens")
                    .add("customer", "cust-%03d".formatted(1 + random.nextInt(100)))
                    .add("from", span[0])
                    .add("to", span[1])
                    .add("window", "hour");
            long begin = System.nanoTime();
            await(usage.usage(Callers.of("demo"), UsageQuestion.parse(question, NOW)));
            if (i >= 0) {
                micros[i] = (System.nanoTime() - begin) / 1_000;
            }
        }
        Arrays.sort(micros);
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p99 %.1f ms, most %.1f ms",
                micros[QUESTIONS / 2] / 1e3,
                micros[QUESTIONS * 99 / 100] / 1e3,
                micros[QUESTIONS - 1] / 1e3);
    }
}
