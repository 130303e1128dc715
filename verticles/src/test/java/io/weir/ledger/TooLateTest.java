package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.reconciliation.Period;
import io.weir.reconciliation.Reconciliation;
import io.weir.reconciliation.ReconciliationVerticle;
import io.weir.schemas.Actor;
import io.weir.schemas.Commands.DecideReplay;
import io.weir.schemas.Commands.RequestReplay;
import io.weir.schemas.Commands.Resolution;
import io.weir.schemas.Commands.ResolveEvent;
import io.weir.schemas.Commands.RetryEvent;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.UsageLog;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The events' time is 09:50 of a day; their tenant takes them for 35 days, and the ledger gives them 14 more. */
class TooLateTest {
    private static final Actor JANE = new Actor("jane", "k", "c");
    private static final Actor JOE = new Actor("joe", "k", "c");
    private static final Duration GRACE = Duration.ofDays(14);
    private static final Duration TO_THE_LAST_INSTANT = Duration.ofDays(49).minusMinutes(10);

    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop(GRACE);
    private final Retries retries = new Retries(scene.database.pool(), Scene.TOPIC, 100, 1_000, scene.clock);
    private long offset;

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void an_event_is_recorded_up_to_window_and_grace_and_is_an_exception_with_its_bytes_behind_them() {
        scene.clock.advance(TO_THE_LAST_INSTANT);
        assertEquals(List.of(ReceiptStatus.RECORDED), record(json("last", "ws-001", 7)));
        scene.clock.advance(Duration.ofNanos(1_000));
        assertEquals(List.of(ReceiptStatus.ACCEPTED), record(json("late", "ws-001", 5)));
        assertEquals(List.of("last"), scene.column("select id from entry"));
        assertEquals(1, scene.count("from event_id"));
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(
                List.of("too_late|open|/test|late|llm.completion|ws-001|trace-0-1|" + json("late", "ws-001", 5)),
                scene.column("select concat_ws('|', reason, state, source, id, event_type, subject, correlation,"
                        + " convert_from(payload, 'UTF8')) from ledger_exception"));
        assertEquals(1, scene.tally("too_late"));
        assertEquals(2, scene.tally("next_offset"));
    }

    @Test
    void what_is_too_late_is_an_outcome_of_its_own_and_stages_explain_all_that_was_accepted() {
        record(json("a", "ws-001", 7), json("b", "ws-001", 7), json("b", "ws-001", 7));
        late();
        record(json("c", "ws-001", 7), json("d", "ws-001", 7));
        run(() -> retries.retry(retry(1)));
        Reconciliation.Row row = reconciled();
        assertEquals(5, row.accepted());
        assertEquals(3, row.recorded());
        assertEquals(1, row.recovered());
        assertEquals(1, row.duplicates());
        assertEquals(2, row.tooLate());
        assertEquals(
                row.accepted(),
                row.recorded() - row.recovered() + row.duplicates() + row.tooLate(),
                "all is explained");
        assertEquals(
                List.of(),
                row.variances().stream()
                        .filter(found -> List.of("unexplained", "metered")
                                .contains(found.variance().text()))
                        .toList());
    }

    @Test
    void tenants_own_window_holds() {
        scene.database.run("update tenant set past_seconds = 86400 where tenant = 'demo'");
        scene.clock.advance(Duration.ofDays(15).minusMinutes(10));
        assertEquals(List.of(ReceiptStatus.RECORDED), record(json("a", "ws-001", 7)));
        scene.clock.advance(Duration.ofSeconds(1));
        assertEquals(List.of(ReceiptStatus.ACCEPTED), record(json("b", "ws-001", 7)));
    }

    @Test
    void repetitions_open_no_second_exception_whatever_became_of_the_first() {
        late();
        LogRecord first = next(json("a", "ws-001", 7));
        assertEquals(List.of(ReceiptStatus.ACCEPTED), statuses(loop.record(first)));
        assertEquals(1, loop.record(first).skipped());
        assertEquals(
                List.of(ReceiptStatus.ACCEPTED, ReceiptStatus.DUPLICATE, ReceiptStatus.DUPLICATE),
                record(json("b", "ws-001", 7), json("b", "ws-001", 7), json("a", "ws-001", 7)));
        run(() -> {
            retries.resolve(new ResolveEvent(Events.DEMO, JANE, 1, new Resolution("accepted", "known")));
            return true;
        });
        assertEquals(List.of(ReceiptStatus.DUPLICATE), record(json("a", "ws-001", 7)));
        assertEquals(2, scene.count("from ledger_exception"));
        assertEquals(List.of(ReceiptStatus.ACCEPTED), record(json("a", "ws-001", 8)));
        assertEquals(3, scene.count("from ledger_exception"), "other content waits for a person, too");
        assertEquals(3, scene.tally("duplicates"));
        assertEquals(3, scene.tally("too_late"));
    }

    @Test
    void what_is_known_is_a_repetition_however_late_it_comes() {
        record(json("a", "ws-001", 7));
        late();
        assertEquals(
                List.of(ReceiptStatus.DUPLICATE, ReceiptStatus.CONFLICT),
                record(json("a", "ws-001", 7), json("a", "ws-001", 8)));
        assertEquals(List.of("conflict"), scene.column("select reason from ledger_exception"));
        scene.database.run("delete from event_id");
        assertEquals(List.of(ReceiptStatus.ACCEPTED), record(json("a", "ws-001", 7)));
        assertEquals(new BigDecimal(7), scene.outputTokens(), "its id was forgotten, and it is not counted twice");
    }

    @Test
    void event_of_the_same_id_and_of_today_is_recorded_beside_a_late_one() {
        late();
        String today = json("a", "ws-001", 9).replace("2026-11-20T09:50", "2027-01-08T09:50");
        assertEquals(
                List.of(ReceiptStatus.ACCEPTED, ReceiptStatus.RECORDED, ReceiptStatus.DUPLICATE),
                record(json("a", "ws-001", 7), today, today));
        assertEquals(new BigDecimal(9), scene.outputTokens());
    }

    @Test
    void retry_is_a_persons_decision_and_records_it_as_it_was_accepted() {
        late();
        record(json("a", "ws-001", 7), json("a", "ws-001", 8));
        assertTrue(run(() -> retries.retry(retry(1))));
        assertEquals("1|2026-11-20 09:59:59.000001|2026-11-20 10:00:00", scene.one("""
                        select concat_ws('|', schema_version, received_at at time zone 'UTC', logged_at at time zone 'UTC')
                        from entry where id = 'a'
                        """));
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertTrue(run(() -> retries.retry(retry(2))));
        assertEquals(
                List.of("recorded", "conflict", "open"),
                scene.column("select coalesce(resolution, state) from ledger_exception order by exception"));
        assertEquals(2, scene.count("from audit_entry where act = 'exception-retried' and principal = 'jane'"));
        assertEquals(List.of(ReceiptStatus.DUPLICATE), record(json("a", "ws-001", 7)));
    }

    @Test
    void replay_records_what_another_principal_approved() {
        late();
        record(json("a", "ws-001", 7), json("b", "ws-002", 7));
        Replays replays =
                new Replays(scene.database.pool(), retries, new WeirSettings.Replays(100, 5, 10, 100), scene.clock);
        String id = run(
                () -> replays.request(new RequestReplay(Events.DEMO, JANE, null, null, null, "too_late", 100, null)));
        assertEquals(BigDecimal.ZERO, scene.outputTokens());
        assertTrue(scene.one("select preview from replay").contains("\"recorded\":2"));
        run(() -> {
            replays.decide(new DecideReplay(Events.DEMO, JOE, id, true));
            return replays.part();
        });
        assertEquals(new BigDecimal(14), scene.outputTokens());
    }

    private void late() {
        scene.clock.advance(TO_THE_LAST_INSTANT.plusSeconds(1));
    }

    private static RetryEvent retry(long exception) {
        return new RetryEvent(Events.DEMO, JANE, exception);
    }

    private LogRecord next(String json) {
        return at(0, offset++, json.getBytes(StandardCharsets.UTF_8), UsageLog.key(Events.DEMO, "ws"));
    }

    private List<ReceiptStatus> record(String... events) {
        return statuses(loop.record(List.of(events).stream().map(this::next).toList()));
    }

    private static List<ReceiptStatus> statuses(Recorded recorded) {
        return recorded.outcomes().stream()
                .sorted((a, b) -> Long.compare(a.record().offset(), b.record().offset()))
                .map(Batch.Outcome::status)
                .toList();
    }

    private Reconciliation.Row reconciled() {
        ReconciliationVerticle stages = new ReconciliationVerticle(
                scene.database.pool(), Scene.settings(Map.of()).reconciliation(), scene.clock);
        Reconciliation all = await(stages.queries().reconcile(Events.DEMO, Period.parse("2026-11-20"), 100, null))
                .reconciliation();
        assertEquals(0, all.unaccounted());
        return all.items().getFirst();
    }

    private <T> T run(Supplier<T> work) {
        return await(loop.on(work));
    }
}
