package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vertx.core.Future;
import io.weir.schemas.Addresses;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Locks;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Usage of a customer that had no subscription when it was recorded. */
class AttributionTest {
    private static final String NINE = "2026-11-20T09:00:00Z";
    private static final String TEN = "2026-11-20T10:00:00Z";
    private static final String LATE = "2099-01-01T00:00:00Z";
    private static final String UNATTRIBUTED = "from entry where customer = 'new' and subscription is null";
    private static final String ROWS = """
            select concat_ws('|', meter, subscription, subscription_revision, bucket at time zone 'UTC', dimensions,
                meter_version, value, entries) from aggregate order by 1
            """;
    /** By customer, subscription and its revision: what the entries say, less what the aggregates say. */
    private static final String DIFFERENCES = """
            select concat_ws('|', tenant, customer, subscription, revision, sum(value), sum(entries)) from (
                select tenant, customer, coalesce(subscription, '') as subscription,
                    coalesce(subscription_revision, 0) as revision, (data->>'outputTokens')::numeric as value, 1 as entries
                from entry where customer is not null
                union all
                select tenant, customer, subscription, subscription_revision, -value, -entries
                from aggregate where meter = 'llm_output_tokens') both_of_them
            group by tenant, customer, subscription, revision having sum(value) <> 0 or sum(entries) <> 0
            """;

    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop();
    private final Map<String, Set<Long>> sent = new HashMap<>();

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void usage_of_a_new_account_becomes_billable_when_its_subscription_comes() {
        scene.identity("ws-new", "new");
        held(500);
        loop.record(event(0, 7, NINE), event(1, 5, NINE));
        assertEquals(2, scene.count(UNATTRIBUTED));
        String months = months();
        String resolved = scene.one("select max(master_revision) from entry");

        subscribe("sub-new", NINE, TEN);
        changed();
        scene.until("select count(*) = 0 " + UNATTRIBUTED);
        assertEquals(
                List.of("sub-new|tokens|main", "sub-new|tokens|main"),
                scene.column("select concat_ws('|', subscription, item, legal_entity) from entry"));
        assertEquals(
                List.of("sub-new|12|2"),
                scene.column("select concat_ws('|', subscription, value, entries) from aggregate"
                        + " where meter = 'llm_output_tokens'"));
        assertEquals(
                scene.one("select max(revision) from subscription"),
                scene.one("select string_agg(distinct subscription_revision::text, ',') from entry"));
        assertEquals(resolved, scene.one("select max(master_revision) from entry"));
        assertEquals(months, months());
        assertEquals(0, scene.count("from aggregate where subscription = ''"));
        assertEquals(2, scene.count("from change where kind = 'USAGE' and customer = 'new'"));
        right(2);
    }

    @Test
    void usage_outside_the_term_stays_unattributed() {
        scene.identity("ws-new", "new");
        loop.record(event(0, 1, "2026-11-20T08:59:59Z"), event(1, 2, NINE), event(2, 4, TEN), event(3, 8, NINE));
        subscribe("sub-new", NINE, TEN);
        held(2);
        scene.until("select count(*) = 2 " + UNATTRIBUTED);
        assertEquals(
                List.of("e-0|", "e-1|sub-new", "e-2|", "e-3|sub-new"),
                scene.column("select id || '|' || coalesce(subscription, '') from entry order by id"));
        assertEquals(
                List.of("|5|2", "sub-new|10|2"),
                scene.column("select concat_ws('|', subscription, sum(value), sum(entries)) from aggregate"
                        + " where meter = 'llm_output_tokens' group by subscription order by subscription"));
        right(4);
    }

    @Test
    void usage_that_names_a_subscription_waits_for_that_one() {
        scene.identity("ws-new", "new");
        subscribe("sub-named", TEN, LATE);
        String named = "{\"subscription\":\"sub-named\"," + Events.data(7).substring(1);
        sent.put("e-0", Set.of(7L));
        loop.record(at(0, 0, json("e-0", "ws-new", named)), event(1, 1, "2026-11-20T09:50:00Z"));
        subscribe("sub-any", NINE, TEN);
        held(500);
        scene.until("select count(*) = 1 " + UNATTRIBUTED);
        assertEquals(
                List.of("e-0|", "e-1|sub-any"),
                scene.column("select id || '|' || coalesce(subscription, '') from entry order by id"));
        right(2);
    }

    @Test
    void many_entries_of_many_customers_take_several_passes() {
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String subject = "ws-new-" + i % 6;
            sent.put("e-" + i, Set.of((long) i));
            records.add(at(0, i, json("e-" + i, subject, i)));
        }
        for (int customer = 0; customer < 6; customer++) {
            scene.identity("ws-new-" + customer, "new-" + customer);
        }
        loop.record(records);
        for (int customer = 0; customer < 6; customer++) {
            scene.subscription("sub-new-" + customer, "new-" + customer);
        }
        held(3);
        scene.until("select count(*) = 0 from entry where subscription is null");
        assertEquals(0, scene.count("from aggregate where subscription = ''"));
        right(60);
    }

    @Test
    void more_changed_customers_than_are_remembered_are_all_found() {
        List<Change> changes = new ArrayList<>();
        List<LogRecord> records = new ArrayList<>();
        held(2);
        for (int i = 0; i < 7; i++) {
            scene.identity("ws-new-" + i, "new-" + i);
            sent.put("e-" + i, Set.of(1L));
            records.add(at(0, i, json("e-" + i, "ws-new-" + i, 1)));
            changes.add(new Change(Events.DEMO, new CustomerId("new-" + i), ChangeKind.MASTER_DATA));
        }
        loop.record(records);
        for (int i = 0; i < 7; i++) {
            scene.subscription("sub-new-" + i, "new-" + i);
        }
        tell(changes);
        scene.until("select count(*) = 0 from entry where subscription is null");
        right(7);
    }

    @Test
    void attributing_twice_changes_nothing() {
        scene.identity("ws-new", "new");
        loop.record(event(0, 7, NINE), event(1, 5, "2026-11-20T08:00:00Z"));
        subscribe("sub-new", NINE, TEN);
        held(500);
        scene.until("select count(*) = 1 " + UNATTRIBUTED);
        List<String> rows = scene.column(ROWS);
        List<String> entries = scene.column("select e::text from entry e order by id");
        long changes = scene.count("from change");

        Attribution again = new Attribution(scene.database.pool(), 1, new Accounts(10), new DimensionSets(10, 10));
        await(loop.on(() -> {
            again.run(() -> true);
            again.remember(new ChangeBatch(List.of(change()), scene.clock.instant(), false));
            again.run(() -> true);
            return true;
        }));
        assertEquals(rows, scene.column(ROWS));
        assertEquals(entries, scene.column("select e::text from entry e order by id"));
        assertEquals(changes, scene.count("from change"));
    }

    @Test
    void a_meter_that_came_later_is_not_moved_and_an_older_version_is() {
        scene.identity("ws-new", "new");
        loop.record(event(0, 7, NINE));
        scene.database.run("update master_data set revision = revision + 1");
        scene.database.run("""
                insert into meter (organisation, meter, version, revision, event_type, aggregation, value, dimensions, unit)
                select 'demo', m, v, revision, 'llm.completion', 'sum', '/data/outputTokens', '{region}', 'tokens'
                from master_data, (values ('llm_output_tokens', 2), ('llm_later', 1)) later(m, v)
                """);
        subscribe("sub-new", NINE, TEN);
        held(500);
        scene.until("select count(*) = 0 " + UNATTRIBUTED);
        assertEquals(
                List.of("llm_input_tokens|1|sub-new", "llm_output_tokens|1|sub-new", "llm_requests|1|sub-new"),
                scene.column(
                        "select concat_ws('|', meter, meter_version, subscription) from aggregate order by meter"));
        right(1);
    }

    @Test
    void a_dimension_that_is_a_number_is_moved_however_it_was_written() {
        scene.identity("ws-new", "new");
        List<LogRecord> records = new ArrayList<>();
        for (String model : List.of("1.50", "1.5", "15e-1", "1e1", "10", "true", "-0.0", "\"\\u00e9\\u0001\"")) {
            String id = "e-" + records.size();
            sent.put(id, Set.of(7L));
            records.add(at(0, records.size(), json(id, "ws-new", Events.data(7).replace("\"m1\"", model))));
        }
        loop.record(records);
        subscribe("sub-new", NINE, TEN);
        held(3);
        scene.until("select count(*) = 0 " + UNATTRIBUTED);
        assertEquals(0, scene.count("from aggregate where subscription = '' or entries <= 0"));
        right(records.size());
    }

    @Test
    void the_ledger_stays_right_while_a_loop_records_the_same_customer() {
        scene.identity("ws-new", "new");
        held(7);
        held(3);
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            records.add(event(i, i % 11, "2026-11-20T%02d:%02d:00Z".formatted(7 + i % 3, i % 60)));
        }
        Future<Boolean> recording = loop.on(() -> {
            for (int from = 0; from < records.size(); from += 6) {
                Future.await(retried(records.subList(from, from + 6), 50));
            }
            return true;
        });
        String[] starts = {NINE, "2026-11-20T08:20:00Z", "2026-11-20T07:40:00Z"};
        for (int i = 0; i < starts.length; i++) {
            scene.until("select count(*) >= " + (i + 1) * 150 + " from entry");
            subscribe("sub-" + i, starts[i], i == 0 ? LATE : starts[i - 1]);
            changed();
        }
        await(recording);
        scene.until("select count(*) = 0 " + UNATTRIBUTED + " and event_time >= '" + starts[2] + "'");
        assertNotEquals(0, scene.count(UNATTRIBUTED));
        assertEquals(0, scene.count("from aggregate where entries <= 0"));
        right(600);
    }

    private Future<Recorded> retried(List<LogRecord> batch, int tries) {
        return loop.recording(batch, Set.of())
                .recover(failure -> tries > 1 ? retried(batch, tries - 1) : Future.failedFuture(failure));
    }

    private LogRecord event(int number, long tokens, String time) {
        String id = "e-" + number;
        sent.put(id, Set.of(tokens));
        return at(0, number, json(id, "ws-new", tokens).replace("2026-11-20T09:50:00Z", time));
    }

    private void right(long records) {
        assertEquals(List.of(), scene.column(DIFFERENCES));
        assertEquals(List.of(), new LedgerCheck(sent, records, 0).problems(scene));
    }

    private String months() {
        return scene.one("select string_agg(m::text, ';' order by meter) from usage_month m");
    }

    private void held(int perPass) {
        WeirSettings settings = Scene.settings(Map.of("WEIR_LEDGER_HELD_PER_PASS", String.valueOf(perPass)));
        scene.deploy(new HeldVerticle(scene.database.pool(), settings.ledger(), settings.meters(), scene.clock));
    }

    private static Change change() {
        return new Change(Events.DEMO, new CustomerId("new"), ChangeKind.MASTER_DATA);
    }

    private void changed() {
        tell(List.of(change()));
    }

    private void tell(List<Change> changes) {
        Addresses.CHANGES.tell(scene.vertx.eventBus(), new ChangeBatch(changes, scene.clock.instant(), false));
    }

    /** Stores a subscription with a line, as the master data's writer does: under the lock, in one transaction. */
    private void subscribe(String subscription, String from, String to) {
        scene.database.run(
                """
                with locked as materialized (
                    select pg_advisory_xact_lock($4::bigint)
                ), raised as (
                    update master_data set revision = revision + 1 from locked returning revision
                ), stored as (
                    insert into subscription (tenant, subscription, revision, effective_from, customer, contract, plan,
                        starts_at, ends_at, currency)
                    select 'demo', $1, revision, '-infinity', 'new', 'c', 'standard', $2, $3, 'USD' from raised
                    returning revision
                )
                insert into subscription_line (tenant, subscription, revision, line, item, meter, legal_entity, bill_to)
                select 'demo', $1, revision, 1, 'tokens', 'llm_output_tokens', 'main', 'new' from stored
                """,
                subscription,
                Instant.parse(from).atOffset(java.time.ZoneOffset.UTC),
                Instant.parse(to).atOffset(java.time.ZoneOffset.UTC),
                Locks.MASTER_DATA);
    }
}
