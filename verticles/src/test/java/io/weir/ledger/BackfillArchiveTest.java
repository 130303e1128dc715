package io.weir.ledger;

import static io.weir.ledger.BackfillScene.FROM;
import static io.weir.ledger.BackfillScene.JANE;
import static io.weir.ledger.BackfillScene.JOE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.archive.Archive;
import io.weir.archive.ArchivedEvent;
import io.weir.archive.DayWriter;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Outcomes;
import io.weir.schemas.Refusal;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backfill sets beside events that have left for the archive. */
class BackfillArchiveTest {
    @TempDir
    private static Path directory;

    private final BackfillScene of = new BackfillScene(directory);
    private final Scene scene = of.scene;
    private final BackfillSetWriter sets = of.sets;

    @AfterEach
    void close() {
        of.close();
    }

    @Test
    void what_only_the_archive_knows_is_not_recorded_again() throws IOException {
        archived(LocalDate.of(2026, 10, 2), "old", "other");
        String set = of.open(true);
        of.load(
                set,
                Events.json("old", "ws-001", 7),
                Events.json("other", "ws-001", 8),
                Events.json("new", "ws-001", 9));
        Outcomes expected = new Outcomes(1, 1, 1, 0, 0);
        assertEquals(
                expected,
                of.run(() -> sets.preview(new BackfillSets.Preview(Events.DEMO, set)))
                        .outcomes());
        assertEquals(1, of.close(set, JOE).size());
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
            String set = of.open(correction);
            of.load(set, Events.json("e-" + correction, "ws-001", 7));
            if (correction) {
                assertTrue(
                        of.refused(() -> sets.close(new BackfillSets.Close(Events.DEMO, JOE, set, null)))
                                        .refusal()
                                instanceof Refusal.Unavailable);
            } else {
                assertEquals(1, of.close(set, JOE).size());
            }
        }
        assertEquals(new BigDecimal(7), scene.outputTokens());
    }

    @Test
    void an_archived_day_goes_through_the_pipeline_again_and_counts_only_what_the_ledger_lost() throws IOException {
        LocalDate day = LocalDate.of(2026, 10, 4);
        archived(day, "a", "b", "c");
        String set = of.open(true);
        ArchivedEvents days = new ArchivedEvents(new Archive(directory), sets);
        BackfillSets.LoadDay command = new BackfillSets.LoadDay(Events.DEMO, JANE, set, day, 0);
        assertEquals(new BackfillSets.DayLoaded(3, 0, 0, 0, null), of.run(() -> days.load(command)));
        assertEquals(new BackfillSets.DayLoaded(0, 3, 0, 0, null), of.run(() -> days.load(command)));
        BackfillSets.Preview preview = new BackfillSets.Preview(Events.DEMO, set);
        assertEquals(
                new Outcomes(0, 3, 0, 0, 0), of.run(() -> sets.preview(preview)).outcomes());
        scene.database.run("delete from archive_part");
        scene.database.run("delete from archive_day");
        loop(Events.json("a", "ws-001", 7));
        assertEquals(1, of.close(set, JOE).size(), "a ledger that was restored knows one of them");
        assertEquals(new BigDecimal(21), scene.outputTokens());
        assertEquals(
                "{\"recorded\":2,\"duplicates\":1,\"conflicts\":0,\"held\":0,\"uncounted\":0}",
                scene.one("select result from backfill_set"));
        assertTrue(
                of.refused(() -> days.load(new BackfillSets.LoadDay(
                                        Events.DEMO, JANE, of.openIt(true, null), day.plusDays(9), 0)))
                                .refusal()
                        instanceof Refusal.NotFound);
        assertTrue(
                of.refused(() -> days.load(new BackfillSets.LoadDay(Events.DEMO, JANE, of.openIt(false, null), day, 0)))
                                .refusal()
                        instanceof Refusal.Invalid);
    }

    private void loop(String event) {
        of.loop.record(Events.at(0, 0, event));
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
                values ($1, 'dropped', now(), $2, '1', '[]', now(), now(), $2)
                """, day, (long) ids.length);
        scene.database.run("insert into archive_part values ($1, 'demo', 'llm.completion', 2, 0, now(), now())", day);
    }
}
