package io.weir.reconciliation;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.weir.fixtures.Charges;
import io.weir.fixtures.Documents;
import io.weir.fixtures.Recorded;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.reconciliation.Reconciliation.Behind;
import io.weir.schemas.Actor;
import io.weir.schemas.Commands.DeclareTotal;
import io.weir.schemas.Commands.Resolution;
import io.weir.schemas.Commands.ResolveTotal;
import io.weir.schemas.Commands.RetryTotal;
import io.weir.schemas.Instants;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReconciliationTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final Actor JANE = new Actor("jane", "k", "c");
    private static final Instant HOUR = Instant.parse("2026-11-20T08:00:00Z");
    private static final Instant RECORDED = Instant.parse("2026-11-20T08:59:00Z");
    private static final Recorded.Usage USED = new Recorded.Usage("m1", "eu", 5, 7);
    private static final WeirSettings.Reconciliation SETTINGS =
            new WeirSettings.Reconciliation(1_000, 0, 100, 60, 2, 2);
    private static final Period DAY = Period.parse("2026-11-20");

    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = TestClock.at("2026-11-20T10:00:00Z");
    private TestDatabase database;
    private ReconciliationQueries queries;
    private SourceTotals totals;
    private @Nullable Instant countedUpTo = Instant.parse("2026-11-20T10:00:00Z");

    @BeforeEach
    void open() {
        database = TestDatabase.fresh(vertx).seedDemo();
        queries = new ReconciliationQueries(database.pool(), SETTINGS, () -> countedUpTo);
        totals = new SourceTotals(database.pool(), SETTINGS, clock, () -> countedUpTo);
    }

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    private void counted(String id, int minute) {
        Recorded.counted(database, id, HOUR.plusSeconds(60L * minute), RECORDED, "cust-001", "sub-001", USED);
    }

    private void read(int recorded, int duplicates, int conflicts) {
        database.run(
                "insert into ledger_tally values ('demo', '2026-11-20T08:00:00Z', 'llm.completion', 0, $1, $2, $3, 0)",
                (long) recorded,
                (long) duplicates,
                (long) conflicts);
    }

    /** Two counted, one held, all read once and one twice; both counted are charged, and the charge is in the ERP. */
    private void whole() {
        counted("e1", 1);
        counted("e2", 20);
        Recorded.held(database, "e3", HOUR.plusSeconds(9), RECORDED, "unmatched_account", USED);
        read(3, 1, 0);
        Charges.made(database, "c1", HOUR, 14, RECORDED.plusSeconds(600), 1);
        Documents.posted(database, "eid-1", "INV-1", "c1", RECORDED.plusSeconds(900));
        database.run("update posting set decided_by = 'q', decided_at = now()");
    }

    @Test
    void stages_that_agree_differ_in_nothing_but_what_is_held() {
        whole();
        Reconciliation.Row row = row();
        assertEquals(4, row.accepted());
        assertEquals(3, row.recorded());
        assertEquals(1, row.duplicates());
        assertEquals(1, row.held());
        assertEquals(2, row.counted());
        Reconciliation.Quantity both = new Reconciliation.Quantity(2, "14");
        assertEquals(
                new Reconciliation.MeterRow("llm_output_tokens", both, both, "14", "14", "14"),
                row.meters().get(1));
        assertEquals(List.of("held 1"), variances());
        assertEquals(List.of("event /test e3 L-1"), behind(Variance.HELD));
    }

    @Test
    void each_way_in_which_stages_differ_is_found_with_what_is_behind_it() {
        record Case(String change, String undo, String variance, Variance of, List<String> behind) {}
        whole();
        String first = " where meter = 'llm_output_tokens' and bucket < '2026-11-20T08:15:00Z'";
        List<String> events = List.of("event /test e1 null", "event /test e2 null");
        for (Case one : List.of(
                new Case(
                        "update ledger_tally set recorded = 4",
                        "update ledger_tally set recorded = 3",
                        "unexplained 1",
                        Variance.UNEXPLAINED,
                        List.of()),
                new Case(
                        "update aggregate set value = value - 1" + first,
                        "update aggregate set value = value + 1" + first,
                        "metered llm_output_tokens 0 1",
                        Variance.METERED,
                        List.of("event /test e1 null")),
                new Case(
                        "update aggregate set entries = entries - 1 where meter = 'llm_requests'",
                        "update aggregate set entries = entries + 1 where meter = 'llm_requests'",
                        "metered llm_requests 2 0",
                        Variance.METERED,
                        events),
                new Case(
                        "update charge_hour set quantity = 13",
                        "update charge_hour set quantity = 14",
                        "rated llm_output_tokens 1",
                        Variance.RATED,
                        List.of("usage null null null")),
                new Case(
                        "update posting set decided_by = null",
                        "update posting set decided_by = 'q'",
                        "posted llm_output_tokens 14",
                        Variance.POSTED,
                        List.of("charge null c1 null")),
                new Case(
                        "update posting_document set state = 'held'",
                        "update posting_document set state = 'posted'",
                        "in_erp llm_output_tokens 14",
                        Variance.IN_ERP,
                        List.of("document null eid-1 P-eid-1")))) {
            database.run(one.change);
            assertTrue(variances().contains(one.variance), () -> one.change + ": " + variances());
            if (one.of == Variance.UNEXPLAINED) {
                assertThrows(RefusedException.class, () -> behind(one.of));
            } else {
                assertEquals(one.behind, behind(one.of), one.change);
            }
            database.run(one.undo);
        }
    }

    /** A meter of the output tokens in the region eu, which version 2 of the type's schema has under other names. */
    private void filtered() {
        database.run("""
                insert into meter (organisation, meter, version, revision, event_type, aggregation, value, dimensions, filter, unit)
                values ('demo', 'eu_tokens', 1, 1, 'llm.completion', 'sum', '/data/outputTokens', '{}', '{"region": "eu"}', 'x')
                """);
        database.run("""
                insert into event_type_schema (organisation, event_type, version, revision, schema, mappings)
                values ('demo', 'llm.completion', 2, 1, '{}',
                    '{"/data/region": "/data/area", "/data/outputTokens": "/data/out"}')
                """);
    }

    private void taken(int minute, int events, int value) {
        database.run("""
                insert into aggregate (bucket, subscription_revision, entries, meter_version, tenant, meter, customer, subscription,
                    dimensions, value)
                values ($1, 1, $2, 1, 'demo', 'eu_tokens', 'cust-001', 'sub-001', '{}', $3)
                """, Instants.utc(HOUR.plusSeconds(60L * minute)), (long) events, new BigDecimal(value));
    }

    @Test
    void meter_with_a_filter_is_held_to_the_events_that_the_filter_takes() {
        filtered();
        counted("e1", 1);
        Recorded.counted(
                database,
                "e2",
                HOUR.plusSeconds(120),
                RECORDED,
                "cust-001",
                "sub-001",
                new Recorded.Usage("m1", "us", 5, 7));
        counted("e3", 20);
        counted("e4", 40);
        database.run("""
                update entry set schema_version = 2, data = data - 'region' - 'outputTokens'
                    || case id when 'e3' then '{"area": "eu", "out": 7}' else '{"area": "us", "outputTokens": 7}' end::jsonb
                where id in ('e3', 'e4')
                """);
        taken(0, 1, 7);
        taken(15, 1, 7);
        read(4, 0, 0);
        assertEquals(List.of("rated llm_output_tokens 28"), variances());
        assertEquals(
                new Reconciliation.Quantity(2, "14"), row().meters().getFirst().expected());
        assertEquals(List.of(), behind(Variance.METERED));
        record Case(String change, String undo, String variance, List<String> behind) {}
        String where = " where meter = 'eu_tokens' and bucket ";
        for (Case one : List.of(
                new Case("value = 6" + where + "< '2026-11-20T08:15:00Z'", "value = 7", "0 1", List.of("e1")),
                new Case("entries = 2" + where + "> '2026-11-20T08:14:00Z'", "entries = 1", "-1 0", List.of("e3")),
                new Case(
                        "meter_version = 9" + where + "is not null",
                        "meter_version = 1",
                        "2 14",
                        List.of("e1", "e3")))) {
            database.run("update aggregate set " + one.change);
            assertTrue(
                    variances().contains("metered eu_tokens " + one.variance), () -> one.change + ": " + variances());
            assertEquals(
                    one.behind.stream().map(id -> "event /test " + id + " null").toList(),
                    behind(Variance.METERED).stream().sorted().toList(),
                    one.change);
            database.run("update aggregate set " + one.undo + " where meter = 'eu_tokens'");
        }
    }

    @Test
    void events_behind_what_is_metered_come_page_by_page_of_all_meters_alike() {
        filtered();
        for (int i = 0; i < 7; i++) {
            counted("e" + i, i * 25);
        }
        read(3, 0, 0);
        database.run(
                "insert into ledger_tally values ('demo', '2026-11-20T09:00:00Z', 'llm.completion', 0, 2, 0, 0, 0),"
                        + " ('demo', '2026-11-20T10:00:00Z', 'llm.completion', 0, 2, 0, 0, 0)");
        assertEquals(
                List.of("08", "09", "10"),
                await(queries.reconcile(DEMO, DAY, 10, null)).reconciliation().items().stream()
                        .map(row -> row.hour().toString().substring(11, 13))
                        .toList());
        database.run("delete from aggregate where meter = 'llm_requests'");
        List<String> found = new ArrayList<>();
        String cursor = null;
        do {
            var page = await(queries.behind(DEMO, DAY, Variance.METERED, null, null, 3, cursor));
            assertTrue(page.items().size() <= 3);
            page.items().forEach(item -> found.add(item.hour() + " " + item.id() + " " + item.meter()));
            cursor = page.next();
        } while (cursor != null);
        assertEquals(14, found.stream().distinct().count());
        assertEquals(14, found.size());
        List<String> hours = found.stream().map(line -> line.split(" ")[0]).toList();
        assertEquals(hours.stream().sorted().toList(), hours);
        assertEquals(
                7,
                await(queries.behind(DEMO, DAY, Variance.METERED, "llm.completion", "eu_tokens", 100, null))
                        .items()
                        .size());
    }

    @Test
    void rows_and_what_is_behind_them_come_page_by_page() {
        for (int hour = 0; hour < 5; hour++) {
            Instant at = HOUR.plus(Duration.ofHours(hour));
            Recorded.held(database, "h" + hour, at, RECORDED, "unmatched_account", USED);
            Recorded.held(database, "i" + hour, at, RECORDED, "unmatched_account", USED);
        }
        List<Instant> hours = new ArrayList<>();
        String cursor = null;
        do {
            ReconciliationQueries.Found page = await(queries.reconcile(DEMO, DAY, 2, cursor));
            page.reconciliation().items().forEach(row -> hours.add(row.hour()));
            cursor = page.next();
        } while (cursor != null);
        assertEquals(5, hours.size());
        assertEquals(hours.stream().sorted().distinct().toList(), hours);
        List<String> ids = new ArrayList<>();
        do {
            var page = await(queries.behind(DEMO, DAY, Variance.HELD, null, null, 3, cursor));
            page.items().forEach(item -> ids.add(item.id()));
            cursor = page.next();
        } while (cursor != null);
        assertEquals(10, ids.stream().distinct().count());
        assertEquals(10, ids.size());
        assertEquals(
                List.of(),
                await(queries.reconcile(new TenantId("other"), DAY, 9, null))
                        .reconciliation()
                        .items());
    }

    @Test
    void gap_of_a_source_is_one_exception_that_resolves_itself() {
        counted("e1", 1);
        read(1, 0, 0);
        declare(2, Map.of("/data/outputTokens", new BigDecimal("14.0")));
        SourceTotal total = total();
        assertEquals("incomplete", total.state());
        assertEquals("S-1", total.exceptionId());
        assertEquals(Map.of("/data/outputTokens", "7"), total.recordedSums());
        assertEquals(List.of("sent 1", "sent /data/outputTokens 7", "rated llm_output_tokens 7"), variances());
        assertEquals(List.of("source-total /test null S-1"), behind(Variance.SENT));
        assertFalse(await(totals.retry(new RetryTotal(DEMO, JANE, 1))));
        await(totals.checkDue());
        assertEquals("S-1", total().exceptionId());
        counted("e2", 2);
        await(totals.checkDue());
        assertEquals("complete", total().state());
        assertEquals(null, total().exceptionId());
        assertEquals("complete", one("select resolution from source_total"));
        assertEquals(0, await(totals.checkDue()));
    }

    @Test
    void hour_that_is_not_over_or_not_recorded_is_waited_for() {
        countedUpTo = Instant.parse("2026-11-20T09:00:59Z");
        declare(1, Map.of());
        await(totals.checkDue());
        assertEquals("pending", total().state());
        countedUpTo = Instant.parse("2026-11-20T09:01:00Z");
        await(totals.checkDue());
        assertEquals("incomplete", total().state());
    }

    @Test
    void gap_that_a_person_resolved_stays_resolved_until_it_is_declared_anew() {
        declare(1, Map.of());
        await(totals.resolve(new ResolveTotal(DEMO, JANE, 1, new Resolution("accepted", "they were tests"))));
        await(totals.checkDue());
        assertEquals("accepted", one("select resolution from source_total"));
        assertThrows(RefusedException.class, () -> await(totals.retry(new RetryTotal(DEMO, JANE, 1))));
        assertFalse(declare(1, Map.of()));
        assertEquals("accepted", one("select resolution from source_total"));
        assertFalse(declare(2, Map.of()));
        assertEquals("S-1", total().exceptionId());
        assertEquals(
                "{exception-resolved,source-total-changed,source-total-declared}",
                one("select array_agg(act order by act)::text from audit_entry"));
    }

    /** Answers whether it was not there. */
    private boolean declare(long count, Map<String, BigDecimal> sums) {
        return await(totals.declare(new DeclareTotal(DEMO, JANE, "/test", "llm.completion", HOUR, count, sums)))
                .created();
    }

    private SourceTotal total() {
        return await(queries.total(DEMO, "/test", "llm.completion", HOUR)).orElseThrow();
    }

    private String one(String sql) {
        return String.valueOf(database.run(sql).iterator().next().getValue(0));
    }

    private Reconciliation.Row row() {
        return await(queries.reconcile(DEMO, DAY, 10, null))
                .reconciliation()
                .items()
                .getFirst();
    }

    private List<String> variances() {
        return row().variances().stream()
                .map(found -> found.variance().text()
                        + text(found.meter())
                        + text(found.pointer())
                        + text(found.events())
                        + text(found.value()))
                .toList();
    }

    private static String text(@Nullable Object part) {
        return part == null ? "" : " " + part;
    }

    private List<String> behind(Variance variance) {
        return await(queries.behind(DEMO, DAY, variance, null, null, 10, null)).items().stream()
                .map(ReconciliationTest::line)
                .toList();
    }

    private static String line(Behind behind) {
        return behind.kind() + " " + behind.source() + " " + behind.id() + " " + behind.exceptionId();
    }
}
