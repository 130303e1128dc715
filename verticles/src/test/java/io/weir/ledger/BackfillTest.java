package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Meters that come after the events that they count. */
class BackfillTest {
    private static final String TOKENS = "llm_output_tokens";
    private static final String DIMENSIONS = "{model,region}";

    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop();
    private final Metering metering = new Metering(scene, 7);
    private long offset;

    @AfterEach
    void close() {
        scene.close();
    }

    /** Records so many events more, over some days and quarters, of three customers and of nobody. */
    private void record(Scene.Loop by, int partition, int count) {
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long n = offset++;
            String subject = n % 11 == 0 ? "nobody" : "ws-00" + (1 + n % 3);
            String data = Events.data(n % 17).replace("\"m1\"", "\"m" + n % 4 + "\"");
            records.add(at(
                    partition,
                    n,
                    json("e-" + n, subject, data)
                            .replace(
                                    "2026-11-20T09:50",
                                    "2026-11-" + (10 + n % 9) + "T0" + n % 8 + ":" + (10 + n % 50))));
        }
        await(by.recording(records, Set.of(0, 1, 2, 3)));
    }

    @Test
    void what_was_recorded_before_is_counted_once_beside_what_is_recorded_meanwhile() {
        for (int day = 0; day < 3; day++) {
            record(loop, 0, 40);
            scene.clock.advance(Duration.ofDays(1));
        }
        metering.backfill();
        metering.backfill();
        metering.put("late", "sum", "/data/outputTokens", DIMENSIONS, null);
        metering.put("late_eu", "sum", "/data/outputTokens", DIMENSIONS, "{\"region\":\"eu\"}");
        for (int batch = 0; batch < 10; batch++) {
            record(loop, 1, 10);
        }
        metering.complete();
        record(loop, 2, 10);
        assertFalse(metering.rows(TOKENS).isEmpty());
        assertEquals(metering.rows(TOKENS), metering.rows("late"));
        assertEquals(metering.rows(TOKENS), metering.rows("late_eu"));
        assertEquals(months(TOKENS), months("late"));
        assertTrue(scene.count("from change where kind = 'USAGE'") > 0);
    }

    private List<String> months(String meter) {
        return scene.column(
                "select concat_ws('|', customer, month, value, entries) from usage_month where meter = $1 order by 1",
                meter);
    }

    @Test
    void a_backfill_that_was_killed_goes_on_where_it_stood() {
        record(loop, 0, 200);
        metering.put("late", "sum", "/data/outputTokens", DIMENSIONS, null);
        String first = metering.backfill();
        scene.until("select coalesce(max(looked_at), 0) > 20 from meter_backfill where meter = 'late'");
        await(scene.vertx.undeploy(first));
        metering.backfill();
        metering.complete();
        assertEquals(metering.rows(TOKENS), metering.rows("late"));
        assertEquals(
                scene.count("from entry"),
                Long.parseLong(scene.one("select looked_at from meter_backfill where meter = 'late'")));
    }

    @Test
    void held_events_count_once_whenever_their_account_comes() {
        record(loop, 0, 60);
        metering.put("before", "sum", "/data/outputTokens", DIMENSIONS, null);
        scene.identity("nobody", "cust-009");
        scene.deploy(scene.held());
        scene.until("select count(*) = 0 from entry where held is not null");
        metering.put("after", "sum", "/data/outputTokens", DIMENSIONS, null);
        metering.backfill();
        metering.complete();
        assertEquals(metering.rows(TOKENS), metering.rows("before"));
        assertEquals(metering.rows(TOKENS), metering.rows("after"));
    }

    @Test
    void entries_that_gain_a_subscription_move_in_every_meter_that_has_counted_them() {
        scene.identity("nobody", "new");
        record(loop, 0, 60);
        for (String kind : List.of("min", "max", "latest", "unique", "weighted_sum", "avg")) {
            metering.put(kind, kind, "/data/outputTokens", DIMENSIONS, null);
        }
        metering.put("late", "sum", "/data/outputTokens", DIMENSIONS, null);
        metering.backfill();
        scene.until(
                "select count(*) > 3 from meter_backfill where meter in ('min', 'max', 'latest', 'unique') and looked_at > 0");
        scene.subscription("sub-new", "new");
        HeldVerticle held = scene.held();
        scene.deploy(held);
        metering.complete();
        scene.until("select count(*) = 0 from entry where held is null and subscription is null");
        assertEquals(metering.rows(TOKENS), metering.rows("late"));
        rebuilt();
    }

    @Test
    void a_new_version_counts_anew_and_months_are_its_own() {
        record(loop, 0, 50);
        metering.backfill();
        metering.put("late", "sum", "/data/outputTokens", DIMENSIONS, null);
        metering.complete();
        metering.put("late", "count", null, "{}", null);
        record(loop, 1, 30);
        metering.complete();
        assertEquals(months("llm_requests"), months("late"));
        assertEquals(
                metering.rows("llm_requests"),
                scene.column(Metering.ROWS.replace("order", "and meter_version = 2 order"), "late"));
    }

    @Test
    void events_that_no_meter_counts_are_told_until_one_does() {
        scene.database.run("delete from meter where event_type = 'llm.completion'");
        scene.database.run("update master_data set revision = revision + 1");
        metering.put("large", "count", null, "{}", "{\"outputTokens\":{\"gt\":8}}");
        record(loop, 0, 34);
        long small = scene.count("from entry where held is null and (data ->> 'outputTokens')::int <= 8");
        assertEquals(small, scene.tally("uncounted"));
        assertEquals(small, uncounted());
        metering.put("even", "sum", "/data/outputTokens", "{}", "{\"model\":[\"m0\",\"m2\"]}");
        metering.backfill();
        metering.complete();
        assertEquals(
                scene.count("from entry where held is null and (data ->> 'outputTokens')::int <= 8"
                        + " and data ->> 'model' not in ('m0', 'm2')"),
                uncounted());
        metering.put("all", "count", null, "{}", null);
        metering.complete();
        assertEquals(0, uncounted());
        assertEquals(small, scene.tally("uncounted"));
    }

    private long uncounted() {
        return Long.parseLong(scene.one("select sum(events) from uncounted_event"));
    }

    @Test
    void a_quarter_made_anew_from_its_entries_is_what_was_counted() {
        for (String kind : List.of("min", "max", "latest", "unique", "weighted_sum", "percentile", "avg", "count")) {
            metering.put(kind, kind, "/data/outputTokens", DIMENSIONS, null);
        }
        record(loop, 0, 150);
        rebuilt();
    }

    /** Spoils every quarter, makes it anew, and looks whether it is as it was. */
    private void rebuilt() {
        String values = "select v::text from aggregate_value v order by 1";
        Map<String, List<String>> before = new HashMap<>();
        scene.column("select distinct meter from aggregate").forEach(meter -> before.put(meter, metering.rows(meter)));
        List<String> kept = scene.column(values);
        Set<Aggregates.Quarter> quarters = new TreeSet<>();
        scene.database
                .run("select distinct tenant, customer, meter, meter_version, bucket from aggregate")
                .forEach(row -> quarters.add(new Aggregates.Quarter(
                        Events.DEMO,
                        new CustomerId(row.getString("customer")),
                        row.getString("meter"),
                        row.getInteger("meter_version"),
                        Instants.of(row.getOffsetDateTime("bucket")))));
        scene.database.run("update aggregate set value = 4711");
        scene.database.run("delete from aggregate_value where occurrences > 0 and value ~ '[1-5]$'");
        Accounts accounts = new Accounts(10);
        await(loop.on(() -> InTransaction.run(scene.database.pool(), sql -> {
            accounts.lock(sql);
            accounts.loadMeters(sql, Set.of(Events.DEMO));
            new Rebuild(accounts, new DimensionSets(1_000, 100)).run(sql, quarters, Backfills.hold(sql, Events.DEMO));
            return true;
        })));
        before.forEach((meter, rows) -> assertEquals(rows, metering.rows(meter), meter));
        assertEquals(kept, scene.column(values));
    }

    @Test
    void dimensions_beyond_the_bound_are_counted_in_the_remainder_and_told_once() {
        Scene.Loop narrow = scene.loop(1_000, 2);
        for (int batch = 0; batch < 4; batch++) {
            record(narrow, 0, 30);
        }
        assertEquals(
                List.of("__other__", "m0", "m1"),
                scene.column("select distinct dimensions::jsonb ->> 'model' from aggregate"
                        + " where meter = 'llm_output_tokens' and customer = 'cust-001' order by 1"));
        assertEquals(
                scene.one("select sum((data ->> 'outputTokens')::int) from entry where customer = 'cust-001'"),
                scene.one(
                        "select sum(value) from aggregate where meter = 'llm_output_tokens' and customer = 'cust-001'"));
        assertEquals(
                1,
                scene.count("from ledger_exception where reason = 'dimension_overflow' and subject = 'cust-001'"
                        + " and detail like 'meter llm_output_tokens %'"));
        Instant quarter = Instant.parse("2026-11-01T00:00:00Z");
        assertEquals(
                metering
                        .ask("meter", TOKENS, "customer", "cust-001", "from", quarter.toString(), "groupBy", "model")
                        .stream()
                        .map(row -> row.dimensions() + row.value())
                        .toList(),
                metering
                        .ask(
                                "meter",
                                TOKENS,
                                "customer",
                                "cust-001",
                                "from",
                                "2026-11-10T00:14:30Z",
                                "groupBy",
                                "model")
                        .stream()
                        .map(row -> row.dimensions() + row.value())
                        .toList(),
                "the edge reads entries as they were counted");
    }
}
