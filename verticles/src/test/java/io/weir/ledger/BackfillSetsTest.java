package io.weir.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.weir.archive.Archive;
import io.weir.archive.ArchivedEvent;
import io.weir.archive.DayWriter;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Outcomes;
import io.weir.schemas.BackfillSets.Staging;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.settings.BackfillSetSettings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackfillSetsTest {
    private static final Actor JANE = new Actor("jane", "k", "c");
    private static final Actor JOE = new Actor("joe", "k", "c");
    private static final Instant FROM = Instant.parse("2026-10-01T00:00:00Z");
    private static final Instant TO = Instant.parse("2026-11-20T10:00:00Z");

    @TempDir
    private static Path directory;

    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop();
    private final BackfillSetWriter sets = writer(40, 1_000);

    @AfterEach
    void close() {
        scene.close();
    }

    private BackfillSetWriter writer(int maxEvents, int pieceEvents) {
        return new BackfillSetWriter(
                scene.database.pool(),
                new ArchivedIds(new Archive(directory)),
                new BackfillSetSettings(maxEvents, 3, 24, pieceEvents, 100, 1_000),
                1_000,
                1_000,
                scene.clock);
    }

    @Test
    void a_closed_set_is_recorded_and_counted_and_says_what_became_of_each_event() {
        loop.record(
                Events.at(0, 0, Events.json("old", "ws-001", 7)), Events.at(0, 1, Events.json("other", "ws-001", 7)));
        String set = open(false);
        load(
                set,
                Events.json("old", "ws-001", 7),
                Events.json("other", "ws-001", 8),
                Events.json("new", "ws-001", 100),
                Events.json("new", "ws-001", 101),
                Events.json("lost", "nobody", 5));
        assertEquals(List.of(new CustomerId("cust-001")), close(set, JANE));
        assertEquals(
                List.of("duplicate", "conflict", "recorded", "conflict", "recorded"),
                scene.column("select outcome from backfill_event order by line"));
        assertEquals(new BigDecimal(114), scene.outputTokens());
        assertEquals(2, scene.count("from ledger_exception where reason = 'conflict' and state = 'open'"));
        assertEquals(1, scene.count("from ledger_exception where reason = 'unmatched_account'"));
        assertEquals(2, scene.count("from entry where log_partition = -2"));
        assertEquals(
                "{\"recorded\":2,\"duplicates\":1,\"conflicts\":2,\"held\":1,\"uncounted\":0}",
                scene.one("select result from backfill_set"));
        assertEquals(
                "{backfill-set-closed,backfill-set-loaded,backfill-set-opened}",
                scene.one("select array_agg(act order by act)::text from audit_entry"));
        assertEquals(2, scene.tally("recorded"), "what came by a set was never in the log");
        scene.identity("nobody", "cust-002");
        String held = scene.deploy(scene.held());
        scene.until("select coalesce(sum(value), 0) = 119 from aggregate where meter = 'llm_output_tokens'");
        TestDatabase.await(scene.vertx.undeploy(held));
    }

    @Test
    void a_set_takes_each_content_once_and_no_more_events_than_it_may_have() {
        String set = open(false);
        String[] events =
                IntStream.range(0, 40).mapToObj(i -> Events.json("e-" + i, "ws-001", 1)).toArray(String[]::new);
        assertEquals(List.of(Staging.STAGED), load(set, events).stream().distinct().toList());
        assertEquals(List.of(Staging.DUPLICATE), load(set, events).stream().distinct().toList());
        RefusedException full = refused(() -> sets.load(command(set, JANE, Events.json("e-41", "ws-001", 1))));
        assertEquals("backfill-set-full", ((Refusal.Conflict) full.refusal()).kind());
        assertEquals(40, scene.count("from backfill_event"));
        assertEquals("40", scene.one("select events from backfill_set"));
        assertEquals(2, scene.count("from audit_entry"), "opened and loaded once");
    }

    @Test
    void a_tenant_has_so_many_open_sets_and_an_old_one_expires() {
        List<String> open = List.of(open(false), open(false), open(false));
        load(open.getFirst(), Events.json("e", "ws-001", 1));
        RefusedException full = refused(() -> openIt(false, null));
        assertEquals("backfill-sets-open", ((Refusal.Conflict) full.refusal()).kind());
        scene.clock.advance(Duration.ofHours(24));
        RefusedException over = refused(() -> sets.load(command(open.getFirst(), JANE, Events.json("f", "ws-001", 1))));
        assertEquals("backfill-set-state", ((Refusal.Conflict) over.refusal()).kind());
        while (run(sets::expire)) {
            // each one that is over
        }
        assertEquals(3, scene.count("from backfill_set where state = 'expired' and ended_by = 'weir'"));
        assertEquals(0, scene.count("from backfill_event"));
        assertTrue(!open(false).isEmpty());
    }

    @Test
    void a_dropped_set_leaves_nothing_in_usage() {
        String set = open(false);
        load(set, Events.json("e", "ws-001", 7), Events.json("f", "nobody", 7));
        run(() -> {
            sets.preview(new BackfillSets.Preview(Events.DEMO, set));
            sets.drop(new BackfillSets.Drop(Events.DEMO, JANE, set));
            return true;
        });
        for (String table : List.of(
                "event_id",
                "entry",
                "aggregate",
                "usage_month",
                "ledger_exception",
                "backfill_event",
                "change where kind = 'USAGE'")) {
            assertEquals(0, scene.count("from " + table), table);
        }
        assertEquals("dropped", scene.one("select state from backfill_set"));
        assertThrows(RefusedException.class, () -> close(set, JANE));
        loop.record(Events.at(0, 0, Events.json("e", "ws-001", 7)));
        assertEquals(new BigDecimal(7), scene.outputTokens());
    }

    @Test
    void a_period_correction_is_closed_by_another_than_who_opened_or_loaded_it() {
        String set = open(true);
        run(() -> sets.load(command(set, JOE, Events.json("e", "ws-001", 7))));
        for (Actor own : List.of(JANE, JOE)) {
            assertTrue(refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, own, set, null))).refusal()
                    instanceof Refusal.SeparationOfDuties);
        }
        assertEquals(1, close(set, new Actor("ann", "k", "c")).size());
    }

    @Test
    void another_revision_is_not_closed_and_another_tenants_set_is_not_there() {
        String set = open(false);
        load(set, Events.json("e", "ws-001", 7));
        assertTrue(refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, JANE, set, 0L))).refusal()
                instanceof Refusal.PreconditionFailed);
        TenantId other = new TenantId("other");
        for (Supplier<Object> command : List.<Supplier<Object>>of(
                () -> sets.close(new BackfillSets.Close(other, JANE, set, null)),
                () -> sets.preview(new BackfillSets.Preview(other, set)),
                () -> sets.load(new BackfillSets.Load(other, JANE, set, TO, false, List.of())))) {
            assertTrue(refused(command).refusal() instanceof Refusal.NotFound);
        }
        assertEquals(0, scene.count("from entry"));
        assertEquals(1, close(set, JANE).size());
    }

    @Test
    void of_two_that_close_one_set_one_does() {
        String set = open(false);
        load(set, Events.json("e", "ws-001", 7));
        Scene.Loop other = scene.loop();
        BackfillSets.Close command = new BackfillSets.Close(Events.DEMO, JANE, set, null);
        List<Future<List<CustomerId>>> closing =
                List.of(loop.on(() -> sets.close(command)), other.on(() -> writer(40, 1_000).close(command)));
        TestDatabase.await(Future.join(closing).otherwiseEmpty());
        assertEquals(1, closing.stream().filter(Future::succeeded).count());
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(1, scene.count("from audit_entry where act = 'backfill-set-closed'"));
    }

    @Test
    void events_of_another_customer_are_not_taken_and_a_moved_account_stops_the_closing() {
        String set = run(() -> openIt(false, new CustomerId("cust-001")));
        assertEquals(
                List.of(Staging.STAGED, Staging.FOREIGN, Staging.FOREIGN),
                load(
                        set,
                        Events.json("a", "ws-001", 1),
                        Events.json("b", "ws-002", 1),
                        Events.json("c", "nobody", 1)));
        scene.database.run("update master_data set revision = revision + 1");
        scene.database.run("update customer_identity set customer = 'cust-003' where key = 'ws-001'");
        RefusedException moved = refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, JANE, set, null)));
        assertEquals("backfill-set-event", ((Refusal.Conflict) moved.refusal()).kind());
        assertEquals(0, scene.count("from event_id"));
    }

    @Test
    void what_only_the_archive_knows_is_not_recorded_again() throws IOException {
        archived(LocalDate.of(2026, 10, 2), "old", "other");
        String set = open(true);
        load(set, Events.json("old", "ws-001", 7), Events.json("other", "ws-001", 8), Events.json("new", "ws-001", 9));
        Outcomes expected = new Outcomes(1, 1, 1, 0, 0);
        assertEquals(
                expected,
                run(() -> sets.preview(new BackfillSets.Preview(Events.DEMO, set)))
                        .outcomes());
        assertEquals(1, close(set, JOE).size());
        assertEquals(new BigDecimal(9), scene.outputTokens());
        assertEquals(1, scene.count("from event_id"), "ids that were forgotten stay so");
        assertEquals(
                List.of("duplicate", "conflict", "recorded"),
                scene.column("select outcome from backfill_event order by line"));
    }

    @Test
    void without_the_archive_a_period_correction_waits_and_an_ordinary_set_does_not() {
        scene.database.run("""
                insert into archive_day (day, state, looked_at, entries, fingerprint, files, exported_at, dropped_at, ids_passed)
                values ('2026-10-03', 'dropped', now(), 1, '', '[]', now(), now(), 1)
                """);
        scene.database.run("""
                insert into archive_part values ('2026-10-03', 'demo', 'llm.completion', 1, 0, now(), now())
                """);
        for (boolean correction : List.of(false, true)) {
            String set = open(correction);
            load(set, Events.json("e-" + correction, "ws-001", 7));
            if (correction) {
                assertTrue(refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, JOE, set, null))).refusal()
                        instanceof Refusal.Unavailable);
            } else {
                assertEquals(1, close(set, JOE).size());
            }
        }
        assertEquals(new BigDecimal(7), scene.outputTokens());
    }

    /** A day whose events, of 7 output tokens, have left, and whose ids are forgotten. */
    private void archived(LocalDate day, String... ids) throws IOException {
        List<ArchivedEvent> events = new ArrayList<>();
        for (String id : ids) {
            try {
                LoggedEvent event = LoggedEvent.read(Events.at(0, 0, Events.json(id, "ws-001", 7)));
                events.add(new ArchivedEvent(
                        event.key(),
                        event.digest(),
                        "demo",
                        event.source(),
                        id,
                        event.type(),
                        event.subject(),
                        event.time(),
                        1,
                        event.dataText(),
                        "cust-001",
                        null,
                        null,
                        null,
                        null,
                        null,
                        1,
                        FROM,
                        FROM,
                        FROM,
                        "trace",
                        0,
                        0));
            } catch (LoggedEvent.UnreadableException e) {
                throw new AssertionError(e);
            }
        }
        events.sort(Comparator.comparing(event -> event.key().toString()));
        try (DayWriter writer = new Archive(directory).write(day)) {
            for (ArchivedEvent event : events) {
                writer.add(event);
            }
            writer.finish("1", FROM);
        }
        scene.database.run("""
                insert into archive_day (day, state, looked_at, entries, fingerprint, files, exported_at, dropped_at, ids_passed)
                values ($1, 'dropped', now(), 2, '1', '[]', now(), now(), 2)
                """, day);
        scene.database.run("insert into archive_part values ($1, 'demo', 'llm.completion', 2, 0, now(), now())", day);
    }

    /** Postgres' connection is cut while the set is being recorded: afterwards all of it is there, or nothing. */
    @Test
    void a_closing_that_is_cut_off_recorded_all_or_nothing() {
        String set = open(false);
        load(set, IntStream.range(0, 40).mapToObj(i -> Events.json("e-" + i, "ws-001", 1)).toArray(String[]::new));
        scene.database.run("""
                create function cut() returns trigger language plpgsql as $$
                begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$
                """);
        for (String table : List.of("event_id", "entry", "aggregate", "usage_month", "change")) {
            scene.database.run("create trigger cut before insert on " + table + " for each row execute function cut()");
            assertThrows(Exception.class, () -> close(set, JANE), table);
            scene.database.run("drop trigger cut on " + table);
            for (String written : List.of("event_id", "entry", "aggregate", "usage_month")) {
                assertEquals(0, scene.count("from " + written), written + " when cut at " + table);
            }
            assertEquals(40, scene.count("from backfill_event where outcome is null"), table);
            assertEquals("open", scene.one("select state from backfill_set"), table);
        }
        close(set, JANE);
        assertEquals(new BigDecimal(40), scene.outputTokens());
        assertEquals(40, scene.count("from backfill_event where outcome = 'recorded' and payload is null"));
    }

    @Test
    void what_is_previewed_is_what_closing_does() {
        long seed = System.nanoTime();
        System.out.println("BackfillSetsTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 4; round++) {
            recorded(random, round);
            BackfillSetWriter small = writer(1_000, 1 + random.nextInt(30));
            String set = open(false);
            for (int i = 0; i < 3; i++) {
                String[] events = IntStream.range(0, random.nextInt(60))
                        .mapToObj(any -> event(random))
                        .toArray(String[]::new);
                run(() -> small.load(command(set, JANE, events)));
            }
            BackfillSets.Effect effect = run(() -> small.preview(new BackfillSets.Preview(Events.DEMO, set)));
            Map<String, BigDecimal> before = months();
            long held = scene.count("from entry where held is not null");
            run(() -> small.close(new BackfillSets.Close(Events.DEMO, JANE, set, effect.revision())));
            assertEquals(outcomes(set, held), effect.outcomes(), () -> "seed " + seed);
            Map<String, BigDecimal> expected = new TreeMap<>(before);
            effect.usage().forEach(usage -> {
                String month = usage.customer().value() + " " + usage.meter() + " " + usage.month();
                assertEquals(before.getOrDefault(month, BigDecimal.ZERO), usage.before(), () -> "seed " + seed);
                expected.merge(month, usage.change(), BigDecimal::add);
            });
            assertEquals(expected, months(), () -> "seed " + seed);
        }
        assertEquals(
                0,
                scene.count("""
                        from (select meter, sum(value) from aggregate group by 1
                              except select meter, sum(value) from usage_month group by 1) x
                        """));
        assertEquals(scene.count("from entry"), scene.count("from event_id"));
    }

    private Outcomes outcomes(String set, long heldBefore) {
        int[] counts = new int[3];
        List<String> names = List.of("recorded", "duplicate", "conflict");
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (int)
                    scene.count("from backfill_event where backfill_set = $1 and outcome = $2", set, names.get(i));
        }
        int held = (int) (scene.count("from entry where held is not null") - heldBefore);
        return new Outcomes(counts[0], counts[1], counts[2], held, 0);
    }

    private Map<String, BigDecimal> months() {
        Map<String, BigDecimal> months = new TreeMap<>();
        scene.database
                .run("select customer, meter, month, value from usage_month")
                .forEach(row -> months.put(
                        row.getString(0) + " " + row.getString(1) + " " + row.getLocalDate(2), row.getBigDecimal(3)));
        return months;
    }

    private void recorded(Random random, int partition) {
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            records.add(Events.at(partition, i, event(random)));
        }
        loop.record(records);
    }

    /** One of few ids, with one of few contents. */
    private static String event(Random random) {
        String subject = random.nextInt(6) == 0 ? "nobody" : "ws-00" + (1 + random.nextInt(4));
        String day = LocalDate.of(2026, 10, 25).plusDays(random.nextInt(20)).toString();
        return Events.json("e-" + random.nextInt(300), subject, random.nextInt(3)).replace("2026-11-20", day);
    }

    private String openIt(boolean periodCorrection, @Nullable CustomerId customer) {
        return sets.open(new BackfillSets.Open(Events.DEMO, JANE, FROM, TO, periodCorrection, customer, "a test"));
    }

    private String open(boolean periodCorrection) {
        return run(() -> openIt(periodCorrection, null));
    }

    private List<Staging> load(String set, String... events) {
        return run(() -> sets.load(command(set, JANE, events))).outcomes();
    }

    private static BackfillSets.Load command(String set, Actor actor, String... events) {
        return new BackfillSets.Load(
                Events.DEMO,
                actor,
                set,
                TO,
                false,
                List.of(events).stream()
                        .map(event -> new BackfillSets.Event("trace", 1, event.getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    private List<CustomerId> close(String set, Actor actor) {
        return run(() -> sets.close(new BackfillSets.Close(Events.DEMO, actor, set, null)));
    }

    private RefusedException refused(Supplier<?> command) {
        return assertThrows(RefusedException.class, () -> run(command::get));
    }

    /** What fails for a lost connection fails as it is, checked or not. */
    private <T> T run(Supplier<T> work) {
        return TestDatabase.await(loop.on(() -> {
            try {
                return work.get();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    @Test
    void an_empty_set_is_closed_too() {
        String set = open(false);
        assertFalse(!close(set, JANE).isEmpty());
    }
}
