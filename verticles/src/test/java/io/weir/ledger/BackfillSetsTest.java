package io.weir.ledger;

import static io.weir.ledger.BackfillScene.JANE;
import static io.weir.ledger.BackfillScene.JOE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Staging;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backfill sets as commands change them. */
class BackfillSetsTest {
    @TempDir
    private static Path directory;

    private final BackfillScene of = new BackfillScene(directory);
    private final Scene scene = of.scene;
    private final Scene.Loop loop = of.loop;
    private final BackfillSetWriter sets = of.sets;

    @AfterEach
    void close() {
        of.close();
    }

    @Test
    void a_closed_set_is_recorded_and_counted_and_says_what_became_of_each_event() {
        loop.record(
                Events.at(0, 0, Events.json("old", "ws-001", 7)), Events.at(0, 1, Events.json("other", "ws-001", 7)));
        String set = of.open(false);
        of.load(
                set,
                Events.json("old", "ws-001", 7),
                Events.json("other", "ws-001", 8),
                Events.json("new", "ws-001", 100),
                Events.json("new", "ws-001", 101),
                Events.json("lost", "nobody", 5));
        assertEquals(List.of(new CustomerId("cust-001")), of.close(set, JANE));
        assertEquals(
                List.of("duplicate", "conflict", "recorded", "conflict", "recorded"),
                scene.column("select outcome from backfill_event order by line"));
        assertEquals(new BigDecimal(114), scene.outputTokens());
        assertEquals(2, scene.count("from ledger_exception where reason = 'conflict' and state = 'open'"));
        assertEquals(1, scene.count("from ledger_exception where reason = 'unmatched_account'"));
        assertEquals(2, scene.count("from entry where log_partition = -3"));
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
        String set = of.open(false);
        String[] events = IntStream.range(0, 40)
                .mapToObj(i -> Events.json("e-" + i, "ws-001", 1))
                .toArray(String[]::new);
        assertEquals(
                List.of(Staging.STAGED),
                of.load(set, events).stream().distinct().toList());
        assertEquals(
                List.of(Staging.DUPLICATE),
                of.load(set, events).stream().distinct().toList());
        RefusedException full =
                of.refused(() -> sets.load(BackfillScene.command(set, JANE, Events.json("e-41", "ws-001", 1))));
        assertEquals("backfill-set-full", ((Refusal.Conflict) full.refusal()).kind());
        assertEquals(40, scene.count("from backfill_event"));
        assertEquals("40", scene.one("select events from backfill_set"));
        assertEquals(2, scene.count("from audit_entry"), "opened and loaded once");
    }

    @Test
    void a_tenant_has_so_many_open_sets_and_an_old_one_expires() {
        List<String> open = List.of(of.open(false), of.open(false), of.open(false));
        of.load(open.getFirst(), Events.json("e", "ws-001", 1));
        RefusedException full = of.refused(() -> of.openIt(false, null));
        assertEquals("backfill-sets-open", ((Refusal.Conflict) full.refusal()).kind());
        scene.clock.advance(Duration.ofHours(24));
        RefusedException over = of.refused(
                () -> sets.load(BackfillScene.command(open.getFirst(), JANE, Events.json("f", "ws-001", 1))));
        assertEquals("backfill-set-state", ((Refusal.Conflict) over.refusal()).kind());
        while (of.run(sets::expire)) {
            // each one that is over
        }
        assertEquals(3, scene.count("from backfill_set where state = 'expired' and ended_by = 'weir'"));
        assertEquals(0, scene.count("from backfill_event"));
        assertTrue(!of.open(false).isEmpty());
    }

    @Test
    void a_dropped_set_leaves_nothing_in_usage() {
        String set = of.open(false);
        of.load(set, Events.json("e", "ws-001", 7), Events.json("f", "nobody", 7));
        of.run(() -> {
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
        assertThrows(RefusedException.class, () -> of.close(set, JANE));
        loop.record(Events.at(0, 0, Events.json("e", "ws-001", 7)));
        assertEquals(new BigDecimal(7), scene.outputTokens());
    }

    @Test
    void a_period_correction_is_closed_by_another_than_who_opened_or_loaded_it() {
        String set = of.open(true);
        of.run(() -> sets.load(BackfillScene.command(set, JOE, Events.json("e", "ws-001", 7))));
        for (Actor own : List.of(JANE, JOE)) {
            assertTrue(
                    of.refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, own, set, null)))
                                    .refusal()
                            instanceof Refusal.SeparationOfDuties);
        }
        assertEquals(1, of.close(set, new Actor("ann", "k", "c")).size());
    }

    @Test
    void another_revision_is_not_closed_and_another_tenants_set_is_not_there() {
        String set = of.open(false);
        of.load(set, Events.json("e", "ws-001", 7));
        assertTrue(
                of.refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, JANE, set, 0L)))
                                .refusal()
                        instanceof Refusal.PreconditionFailed);
        TenantId other = new TenantId("other");
        for (Supplier<Object> command : List.<Supplier<Object>>of(
                () -> sets.close(new BackfillSets.Close(other, JANE, set, null)),
                () -> sets.preview(new BackfillSets.Preview(other, set)),
                () -> sets.load(new BackfillSets.Load(other, JANE, set, false, List.of())))) {
            assertTrue(of.refused(command).refusal() instanceof Refusal.NotFound);
        }
        assertEquals(0, scene.count("from entry"));
        assertEquals(1, of.close(set, JANE).size());
    }

    @Test
    void of_two_that_close_one_set_one_does() {
        String set = of.open(false);
        of.load(set, Events.json("e", "ws-001", 7));
        Scene.Loop other = scene.loop();
        BackfillSets.Close command = new BackfillSets.Close(Events.DEMO, JANE, set, null);
        List<Future<List<CustomerId>>> closing = List.of(
                loop.on(() -> sets.close(command)),
                other.on(() -> of.writer(40, 1_000).close(command)));
        TestDatabase.await(Future.join(closing).otherwiseEmpty());
        assertEquals(1, closing.stream().filter(Future::succeeded).count());
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(1, scene.count("from audit_entry where act = 'backfill-set-closed'"));
    }

    @Test
    void events_of_another_customer_are_not_taken_and_a_moved_account_stops_the_closing() {
        String set = of.run(() -> of.openIt(false, new CustomerId("cust-001")));
        assertEquals(
                List.of(Staging.STAGED, Staging.FOREIGN, Staging.FOREIGN),
                of.load(
                        set,
                        Events.json("a", "ws-001", 1),
                        Events.json("b", "ws-002", 1),
                        Events.json("c", "nobody", 1)));
        scene.database.run("update master_data set revision = revision + 1");
        scene.database.run("update customer_identity set customer = 'cust-003' where key = 'ws-001'");
        RefusedException moved = of.refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, JANE, set, null)));
        assertEquals("backfill-set-event", ((Refusal.Conflict) moved.refusal()).kind());
        assertEquals(0, scene.count("from event_id"));
    }

    /** Postgres' connection is cut while the set is being recorded: afterwards all of it is there, or nothing. */
    @Test
    void a_closing_that_is_cut_off_recorded_all_or_nothing() {
        String set = of.open(false);
        of.load(
                set,
                IntStream.range(0, 40)
                        .mapToObj(i -> Events.json("e-" + i, "ws-001", 1))
                        .toArray(String[]::new));
        scene.database.run("""
                create function cut() returns trigger language plpgsql as $$
                begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$
                """);
        for (String table : List.of("event_id", "entry_row", "aggregate", "usage_month", "change")) {
            scene.database.run("create trigger cut before insert on " + table + " for each row execute function cut()");
            assertThrows(Exception.class, () -> of.close(set, JANE), table);
            scene.database.run("drop trigger cut on " + table);
            for (String written : List.of("event_id", "entry", "aggregate", "usage_month")) {
                assertEquals(0, scene.count("from " + written), written + " when cut at " + table);
            }
            assertEquals(40, scene.count("from backfill_event where outcome is null"), table);
            assertEquals("open", scene.one("select state from backfill_set"), table);
        }
        of.close(set, JANE);
        assertEquals(new BigDecimal(40), scene.outputTokens());
        assertEquals(40, scene.count("from backfill_event where outcome = 'recorded' and payload is null"));
    }

    @Test
    void an_empty_set_is_closed_too() {
        String set = of.open(false);
        assertFalse(!of.close(set, JANE).isEmpty());
    }
}
