package io.weir.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.Commands.DecideReplay;
import io.weir.schemas.Commands.RequestReplay;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.UsageLog;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ReplaysTest {
    private static final Actor JANE = new Actor("jane", "k", "c");
    private static final Actor JOE = new Actor("joe", "k", "c");

    private final Scene scene = new Scene();
    private Scene.Loop loop;
    private Replays replays;

    @BeforeEach
    void open() {
        loop = scene.loop();
        replays = replays(4);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private Replays replays(int perPass) {
        Retries retries = new Retries(scene.database.pool(), Scene.TOPIC, 100, 1_000, scene.clock);
        return new Replays(scene.database.pool(), retries, new WeirSettings.Replays(100, 5, perPass, 100), scene.clock);
    }

    /** Held events of a stranger who is known by now, and one that could not be read and can be now. */
    private void held(int events) {
        LogRecord[] records = new LogRecord[events + 1];
        for (int i = 0; i < events; i++) {
            records[i] = Events.at(0, i, Events.json("e" + i, i % 2 == 0 ? "stranger" : "nobody", 7));
        }
        records[events] = Events.at(0, events, "{".getBytes(StandardCharsets.UTF_8), UsageLog.key(Events.DEMO, "ws"));
        loop.record(records);
        scene.identity("stranger", "cust-001");
        scene.database.run(
                "update ledger_exception set payload = convert_to($1, 'UTF8') where reason = 'unreadable'",
                Events.json("late", "ws-001", 5));
    }

    @Test
    void preview_says_what_would_change_and_changes_nothing() {
        held(3);
        String id = request(null, 100);
        assertEquals(Json.tree("""
                {"total": 4, "examined": 4, "outcomes": {"held": 1, "matched": 2, "recorded": 1}, "customers": 1, "usage": [
                  {"meter": "llm_input_tokens", "events": 3, "value": "30"},
                  {"meter": "llm_output_tokens", "events": 3, "value": "19"},
                  {"meter": "llm_requests", "events": 3, "value": "3"}]}
                """), preview(id));
        assertEquals(BigDecimal.ZERO, scene.outputTokens());
        assertEquals(4, scene.count("from ledger_exception where state = 'open' and attempts = 0"));
        assertFalse(part(), "it is not approved");
    }

    @Test
    void preview_is_bounded_and_says_so() {
        held(9);
        JsonNode preview = preview(request(null, 100));
        assertEquals(10, preview.path("total").asInt());
        assertEquals(5, preview.path("examined").asInt());
    }

    @Test
    void another_approves_and_it_runs_once_at_its_rate() {
        held(9);
        String id = request(null, 2);
        RefusedException own = assertThrows(RefusedException.class, () -> decide(id, JANE));
        assertTrue(own.refusal() instanceof Refusal.SeparationOfDuties);
        decide(id, JOE);
        assertThrows(RefusedException.class, () -> decide(id, JOE));
        int seconds = 0;
        while (state(id).equals("approved")) {
            assertTrue(part());
            assertFalse(part(), "its next part is a second away");
            scene.clock.advance(Duration.ofSeconds(1));
            seconds++;
        }
        assertEquals(6, seconds, "ten at two a second, and one that finds none left");
        assertEquals("done", state(id));
        assertEquals(
                Json.tree("{\"tried\": 10, \"resolved\": 6}"),
                Json.tree(scene.one("select result from replay where replay = $1", id)));
        assertEquals(new BigDecimal(5 * 7 + 5), scene.outputTokens());
        assertEquals(10, scene.count("from ledger_exception where attempts = 1"));
    }

    @Test
    void two_nodes_run_it_as_one() {
        held(40);
        String id = request(null, 100);
        decide(id, JOE);
        Scene.Loop other = scene.loop();
        while (!state(id).equals("done")) {
            CompletableFuture<Boolean> first =
                    loop.on(() -> replays.part()).toCompletionStage().toCompletableFuture();
            CompletableFuture<Boolean> second =
                    other.on(() -> replays(4).part()).toCompletionStage().toCompletableFuture();
            first.join();
            second.join();
            scene.clock.advance(Duration.ofSeconds(1));
        }
        assertEquals(41, scene.count("from ledger_exception where attempts = 1"));
        assertEquals(new BigDecimal(20 * 7 + 5), scene.outputTokens());
    }

    @Test
    void one_that_cannot_be_stored_hinders_no_other() {
        held(3);
        scene.database.run("alter table entry_row add check (id <> 'late') not valid");
        String id = request(null, 100);
        assertEquals(1, preview(id).at("/outcomes/unreadable").asInt());
        decide(id, JOE);
        while (state(id).equals("approved")) {
            part();
            scene.clock.advance(Duration.ofSeconds(1));
        }
        assertEquals(new BigDecimal(14), scene.outputTokens());
        assertEquals(2, scene.count("from ledger_exception where state = 'resolved' and resolution = 'matched'"));
        assertEquals(4, scene.count("from ledger_exception where attempts = 1"));
    }

    @Test
    void only_what_was_named_and_was_there_is_tried() {
        held(3);
        String id = request(List.of(1L, 2L), 100);
        assertEquals(2, preview(id).path("total").asInt());
        decide(id, JOE);
        while (state(id).equals("approved")) {
            part();
            scene.clock.advance(Duration.ofSeconds(1));
        }
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(
                "{replay-approved,replay-requested}",
                scene.one("select array_agg(act order by act)::text from audit_entry"));
    }

    private String request(@Nullable List<Long> these, int perSecond) {
        return run(
                () -> replays.request(new RequestReplay(Events.DEMO, JANE, these, null, null, null, perSecond, null)));
    }

    private void decide(String id, Actor by) {
        run(() -> {
            replays.decide(new DecideReplay(Events.DEMO, by, id, true));
            return true;
        });
    }

    private boolean part() {
        return run(replays::part);
    }

    private <T> T run(Supplier<T> work) {
        return TestDatabase.await(loop.on(work));
    }

    private String state(String id) {
        return scene.one("select state from replay where replay = $1", id);
    }

    private JsonNode preview(String id) {
        return Json.tree(scene.one("select preview from replay where replay = $1", id));
    }
}
