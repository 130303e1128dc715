package io.weir.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.Commands.Resolution;
import io.weir.schemas.Commands.ResolveEvent;
import io.weir.schemas.Commands.RetryEvent;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.schemas.UsageLog;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetriesTest {
    private static final Actor JANE = new Actor("jane", "k", "c");

    private final Scene scene = new Scene();
    private Scene.Loop loop;
    private Retries retries;

    @BeforeEach
    void open() {
        loop = scene.loop();
        retries = new Retries(scene.database.pool(), Scene.TOPIC, 100, 1_000, scene.clock);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void held_event_is_counted_once_its_account_is_known() {
        loop.record(Events.at(0, 0, Events.json("e1", "stranger", 7)));
        assertFalse(retry(1));
        assertEquals("open 1", scene.one("select state || ' ' || attempts from ledger_exception"));
        scene.identity("stranger", "cust-001");
        assertTrue(retry(1));
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals("resolved matched 2", exception(1));
        assertEquals("exception-state", refused(() -> retry(1)));
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(2, scene.count("from audit_entry where act = 'exception-retried' and object = 'L-1'"));
    }

    @Test
    void unreadable_event_is_recorded_once_it_can_be_read() {
        loop.record(unreadable(0), unreadable(1));
        assertFalse(retry(1));
        assertEquals("not JSON", scene.one("select left(detail, 8) from ledger_exception where exception = 1"));
        for (int exception : new int[] {1, 2}) {
            scene.database.run(
                    "update ledger_exception set payload = convert_to($1, 'UTF8') where exception = $2",
                    Events.json("e1", "ws-001", 7),
                    (long) exception);
        }
        assertTrue(retry(1));
        assertTrue(retry(2));
        assertEquals("resolved recorded 2", exception(1));
        assertEquals("resolved duplicate 1", exception(2));
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(0, scene.tally("recorded"), "the log's own tally is of the log");
    }

    @Test
    void unreadable_event_of_a_known_id_becomes_a_conflict() {
        loop.record(Events.at(0, 0, Events.json("e1", "ws-001", 7)), unreadable(1));
        scene.database.run(
                "update ledger_exception set payload = convert_to($1, 'UTF8')", Events.json("e1", "ws-001", 8));
        assertTrue(retry(1));
        assertEquals("resolved conflict 1", exception(1));
        assertEquals("conflict", scene.one("select reason from ledger_exception where state = 'open'"));
        assertEquals(new BigDecimal(7), scene.outputTokens());
    }

    @Test
    void what_postgres_cannot_store_stays_open_and_says_why() {
        loop.record(unreadable(0));
        scene.database.run(
                "update ledger_exception set payload = convert_to($1, 'UTF8')", Events.json("e1", "ws-001", 7));
        scene.database.run("alter table entry_row add check (id <> 'e1') not valid");
        assertFalse(retry(1));
        assertEquals("open", scene.one("select state from ledger_exception"));
        assertTrue(scene.one("select detail from ledger_exception").contains("check"));
        assertEquals(0, scene.count("from event_id"));
    }

    @Test
    void conflict_is_not_tried_again_but_can_be_resolved() {
        loop.record(Events.at(0, 0, Events.json("e1", "ws-001", 7)), Events.at(0, 1, Events.json("e1", "ws-001", 8)));
        assertEquals("not-retriable", refused(() -> retry(1)));
        resolve(1, "accepted");
        assertEquals("resolved accepted 0", exception(1));
        assertEquals("jane because", scene.one("select resolved_by || ' ' || comment from ledger_exception"));
        assertEquals("exception-state", refused(() -> resolve(1, "fixed")));
        assertEquals(1, scene.count("from audit_entry where act = 'exception-resolved'"));
    }

    @Test
    void what_was_written_off_is_not_counted_when_its_account_arrives() {
        loop.record(Events.at(0, 0, Events.json("e1", "stranger", 7)));
        resolve(1, Resolution.WRITTEN_OFF);
        scene.identity("stranger", "cust-001");
        scene.deploy(scene.held());
        loop.record(Events.at(0, 1, Events.json("e2", "stranger", 5)));
        assertEquals(new BigDecimal(5), scene.outputTokens());
        assertEquals("resolved written_off 0", exception(1));
    }

    @Test
    void another_tenants_exception_is_not_there() {
        loop.record(Events.at(0, 0, Events.json("e1", "stranger", 7)));
        RefusedException refused = assertThrows(
                RefusedException.class, () -> run(() -> retries.retry(new RetryEvent(new TenantId("other"), JANE, 1))));
        assertEquals(new Refusal.NotFound("exception"), refused.refusal());
    }

    private LogRecord unreadable(long offset) {
        return Events.at(0, offset, "{".getBytes(StandardCharsets.UTF_8), UsageLog.key(Events.DEMO, "ws"));
    }

    private boolean retry(long exception) {
        return run(() -> retries.retry(new RetryEvent(Events.DEMO, JANE, exception)));
    }

    private void resolve(long exception, String how) {
        run(() -> {
            retries.resolve(new ResolveEvent(Events.DEMO, JANE, exception, new Resolution(how, "because")));
            return true;
        });
    }

    private <T> T run(java.util.function.Supplier<T> work) {
        return TestDatabase.await(loop.on(work));
    }

    private static String refused(Runnable act) {
        RefusedException refused = assertThrows(RefusedException.class, act::run);
        return refused.refusal() instanceof Refusal.Conflict conflict ? conflict.kind() : refused.toString();
    }

    private String exception(long exception) {
        return scene.one(
                "select state || ' ' || resolution || ' ' || attempts from ledger_exception where exception = $1",
                exception);
    }
}
