package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.DEMO;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.weir.schemas.Commands.Corrected;
import io.weir.schemas.CustomerId;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What becomes of an event that is voided or amended, wherever it stands. Each test has events of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorrectionsTest {
    private static final String STANDING = """
            select concat_ws('|', e.data ->> 'outputTokens', e.customer, e.held) from entry_standing e where e.id = $1
            """;
    private static final String USED = """
            select coalesce(sum(value), 0)::bigint from usage_month where meter = 'llm_output_tokens' and customer = $1
            """;

    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop();
    private final Corrector corrector = new Corrector(scene);
    private final Corrector other = new Corrector(scene);
    private long offset;

    @AfterAll
    void close() {
        scene.close();
    }

    private ReceiptStatus record(String json) {
        return loop.record(at(0, offset++, json)).outcomes().getFirst().status();
    }

    private String used(String customer) {
        return scene.one(USED, customer);
    }

    private String aggregated(String customer) {
        return scene.one(
                "select coalesce(sum(value), 0)::bigint from aggregate where meter = 'llm_output_tokens' and customer = $1",
                customer);
    }

    private long corrections(String id) {
        return scene.count(
                "from correction c join event_id i using (event_key) join entry e"
                        + " on e.event_key = i.event_key and e.recorded_at = i.recorded_at where e.id = $1",
                id);
    }

    private static Refusal refusal(Future<?> asked) {
        await(asked.otherwiseEmpty());
        return assertInstanceOf(RefusedException.class, asked.cause()).refusal();
    }

    private Refusal refusal(String id, @Nullable String json) {
        return refusal(corrector.correcting(DEMO, id, json));
    }

    @Test
    void a_voided_event_counts_no_more_and_comes_back_by_no_repetition() {
        record(json("v-1", "ws-011", 30));
        record(json("v-2", "ws-011", 4));
        assertEquals(new Corrected(true, Set.of(new CustomerId("cust-011"))), corrector.takeBack("v-1"));
        assertEquals("4", used("cust-011"));
        assertEquals("4", aggregated("cust-011"));
        assertEquals(new Corrected(false, Set.of()), corrector.takeBack("v-1"));
        assertEquals(1, corrections("v-1"));
        assertEquals(ReceiptStatus.DUPLICATE, record(json("v-1", "ws-011", 30)));
        assertEquals(ReceiptStatus.CONFLICT, record(json("v-1", "ws-011", 31)));
        assertEquals("4", used("cust-011"));
        assertEquals(
                List.of("30", "4"),
                scene.column("select data ->> 'outputTokens' from entry where customer = 'cust-011' order by 1"),
                "nothing is deleted");
    }

    @Test
    void the_last_amendment_stands_and_what_an_event_ever_had_is_a_duplicate() {
        record(json("a-1", "ws-012", 30));
        assertTrue(corrector.amend("a-1", json("a-1", "ws-012", 50)).changed());
        assertFalse(corrector.amend("a-1", json("a-1", "ws-012", 50)).changed());
        Corrected moved = corrector.amend("a-1", json("a-1", "ws-013", 7));
        assertEquals(Set.of(new CustomerId("cust-012"), new CustomerId("cust-013")), moved.customers());
        assertEquals(List.of("0", "7"), List.of(used("cust-012"), used("cust-013")));
        assertEquals(List.of("0", "7"), List.of(aggregated("cust-012"), aggregated("cust-013")));
        assertEquals(List.of("7|cust-013"), scene.column(STANDING, "a-1"));
        assertEquals(3, scene.count("from entry where id = 'a-1'"));
        for (LogRecord again : List.of(
                at(0, offset++, json("a-1", "ws-012", 30)),
                at(0, offset++, json("a-1", "ws-012", 50)),
                at(0, offset++, json("a-1", "ws-013", 7)))) {
            assertEquals(
                    ReceiptStatus.DUPLICATE,
                    loop.record(again).outcomes().getFirst().status());
        }
        assertEquals(ReceiptStatus.CONFLICT, record(json("a-1", "ws-012", 31)));
        assertEquals(List.of("0", "7"), List.of(used("cust-012"), used("cust-013")));
    }

    @Test
    void an_amendment_brings_a_voided_event_back() {
        record(json("r-1", "ws-014", 30));
        corrector.takeBack("r-1");
        assertTrue(corrector.amend("r-1", json("r-1", "ws-014", 30)).changed());
        assertEquals(List.of("30", "30"), List.of(used("cust-014"), aggregated("cust-014")));
        corrector.takeBack("r-1");
        assertEquals(List.of("0", "0"), List.of(used("cust-014"), aggregated("cust-014")));
        assertEquals(3, corrections("r-1"));
    }

    @Test
    void an_amendment_without_a_time_keeps_the_time() {
        record(json("t-1", "ws-015", 30));
        String timeless = json("t-1", "ws-015", 31).replaceFirst("\"time\":\"[^\"]*\",", "");
        corrector.amend("t-1", timeless);
        assertEquals(
                "2026-11-20 09:50:00",
                scene.one("select max(event_time at time zone 'UTC')::text from entry_standing where id = 't-1'"));
    }

    @Test
    void a_held_event_that_is_voided_stays_out_when_its_account_arrives() {
        record(json("h-1", "late-1", 30));
        corrector.takeBack("h-1");
        assertEquals(
                List.of("voided|jane"),
                scene.column("select concat_ws('|', resolution, resolved_by) from ledger_exception where id = 'h-1'"));
        scene.identity("late-1", "cust-016");
        String held = scene.deploy(scene.held());
        record(json("h-2", "late-2", 5));
        scene.identity("late-2", "cust-016");
        tellOfMasterData();
        scene.until("select count(*) = 0 from entry where id = 'h-2' and held is not null");
        assertEquals("5", used("cust-016"));
        await(scene.vertx.undeploy(held));
    }

    @Test
    void an_amendment_of_an_unknown_account_is_held_and_counted_when_it_arrives() {
        record(json("u-1", "ws-017", 30));
        corrector.amend("u-1", json("u-1", "late-3", 8));
        assertEquals("0", used("cust-017"));
        assertEquals(List.of("8|unmatched_account"), scene.column(STANDING, "u-1"));
        scene.identity("late-3", "cust-018");
        String held = scene.deploy(scene.held());
        tellOfMasterData();
        scene.until("select count(*) = 0 from entry_standing where id = 'u-1' and held is not null");
        assertEquals("8", used("cust-018"));
        corrector.takeBack("u-1");
        assertEquals(List.of("0", "0"), List.of(used("cust-018"), aggregated("cust-018")));
        await(scene.vertx.undeploy(held));
    }

    private void tellOfMasterData() {
        io.weir.schemas.Addresses.CHANGES.tell(
                scene.vertx.eventBus(),
                new io.weir.schemas.ChangeBatch(
                        List.of(new io.weir.schemas.Change(DEMO, null, io.weir.schemas.ChangeKind.MASTER_DATA)),
                        scene.clock.instant(),
                        false));
    }

    @Test
    void two_who_void_at_once_take_it_back_once() {
        for (int i = 0; i < 20; i++) {
            record(json("two-" + i, "ws-019", 3));
            Future<Corrected> one = corrector.correcting(DEMO, "two-" + i, null);
            Future<Corrected> two = other.correcting(DEMO, "two-" + i, null);
            assertTrue(await(one).changed() ^ await(two).changed());
        }
        assertEquals(List.of("0", "0"), List.of(used("cust-019"), aggregated("cust-019")));
    }

    @Test
    void what_is_not_recorded_or_another_tenants_is_not_found() {
        record(json("mine-1", "ws-020", 3));
        assertInstanceOf(Refusal.NotFound.class, refusal("never-1", null));
        assertInstanceOf(Refusal.NotFound.class, refusal("never-1", json("never-1", "ws-020", 3)));
        assertInstanceOf(Refusal.NotFound.class, refusal(corrector.correcting(new TenantId("other"), "mine-1", null)));
        assertEquals("3", used("cust-020"));
    }

    @Test
    void an_event_whose_entry_is_not_kept_any_more_is_not_corrected() {
        record(json("old-1", "ws-021", 3));
        scene.database.run("delete from entry where id = 'old-1'");
        Refusal.Conflict conflict = assertInstanceOf(Refusal.Conflict.class, refusal("old-1", null));
        assertEquals("event-archived", conflict.kind());
    }

    @Test
    void a_quarter_that_is_partly_archived_is_not_made_anew() {
        Metering metering = new Metering(scene, 100);
        metering.put("greatest", "max", "/data/outputTokens", "{}", null);
        record(json("part-1", "ws-025", 3));
        scene.database.run("""
                insert into archive_day (day, state, looked_at, entries, fingerprint, files, exported_at)
                values ('2026-01-01', 'leaving', now(), 1, '', '{}', now())
                """);
        scene.database.run("""
                insert into archive_part (day, tenant, event_type, entries, held, first_time, last_time)
                values ('2026-01-01', 'demo', 'llm.completion', 1, 0, '2026-11-20T09:45:00Z', '2026-11-20T09:55:00Z')
                """);
        Refusal.Conflict conflict = assertInstanceOf(Refusal.Conflict.class, refusal("part-1", null));
        assertEquals("event-archived", conflict.kind());
        assertEquals("3", used("cust-025"), "nothing is half done");
        scene.database.run("delete from archive_day");
    }

    @Test
    void an_id_that_is_recorded_anew_is_another_event() {
        record(json("anew-1", "ws-026", 3));
        corrector.amend("anew-1", json("anew-1", "ws-026", 4));
        corrector.takeBack("anew-1");
        scene.database.run("delete from event_id i using entry e where e.id = 'anew-1' and i.event_key = e.event_key");
        scene.clock.advance(Duration.ofDays(60));
        assertEquals(ReceiptStatus.RECORDED, record(json("anew-1", "ws-026", 5)));
        assertEquals(ReceiptStatus.CONFLICT, record(json("anew-1", "ws-026", 4)));
        assertEquals("5", used("cust-026"));
        assertTrue(corrector.takeBack("anew-1").changed());
        assertEquals(List.of("0", "0"), List.of(used("cust-026"), aggregated("cust-026")));
        scene.clock.advance(Duration.ofDays(-60));
    }

    @Test
    void an_amendment_is_no_older_than_an_event_may_be_or_than_what_it_replaces() {
        record(json("age-1", "ws-022", 3).replace("2026-11-20T09:50", "2026-09-01T00:00"));
        String older = json("age-1", "ws-022", 4).replace("2026-11-20T09:50", "2026-08-31T23:59");
        assertInstanceOf(Refusal.Invalid.class, refusal("age-1", older));
        String asOld = json("age-1", "ws-022", 4).replace("2026-11-20T09:50", "2026-09-01T00:00");
        assertTrue(corrector.amend("age-1", asOld).changed());
        assertEquals("4", used("cust-022"));
    }

    @Test
    void the_trail_tells_who_corrected_what_and_why() {
        record(json("trail-1", "ws-023", 3));
        corrector.amend("trail-1", json("trail-1", "ws-023", 4));
        corrector.takeBack("trail-1");
        assertEquals(
                List.of("event-amended|jane|recorded|amended", "event-voided|jane|amended|voided"), scene.column("""
                        select concat_ws('|', act, principal, state_before::jsonb ->> 'state', state_after::jsonb ->> 'state')
                        from audit_entry where object = '/test/trail-1' order by sequence
                        """));
    }

    @Test
    void an_entry_that_was_taken_back_is_attributed_to_no_subscription() {
        scene.identity("fresh-1", "fresh");
        record(json("attr-1", "fresh-1", 3));
        record(json("attr-2", "fresh-1", 5));
        corrector.takeBack("attr-1");
        scene.subscription("sub-fresh", "fresh");
        String held = scene.deploy(scene.held());
        tellOfMasterData();
        scene.until("select count(*) = 1 from entry where customer = 'fresh' and subscription is not null");
        assertEquals(List.of("sub-fresh|5|1"), scene.column("""
                        select concat_ws('|', subscription, trim_scale(value), entries) from aggregate
                        where customer = 'fresh' and meter = 'llm_output_tokens' and entries <> 0
                        """));
        await(scene.vertx.undeploy(held));
    }
}
