package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.awaited;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.weir.schemas.Addresses;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.CustomerId;
import io.weir.schemas.ReceiptStatus;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop();

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void an_event_is_recorded_with_all_that_it_was_resolved_with() {
        loop.record(at(0, 0, json("e", "ws-001", 7)));
        assertEquals("cust-001|sub-001|llm-output-tokens|2026-11-20 10:00:00+00|trace-0-0|7", scene.one("""
                        select concat_ws('|', customer, subscription, item, recorded_at at time zone 'UTC' || '+00',
                            correlation, data->>'outputTokens') from entry where held is null
                        """));
        assertEquals(
                List.of("{\"model\":\"m1\",\"region\":\"eu\"}"),
                scene.column("select dimensions from aggregate where meter = 'llm_output_tokens' and value = 7"
                        + " and bucket = '2026-11-20T09:45:00Z'"));
        assertEquals(3, scene.count("from usage_month where month = '2026-11-01' and customer = 'cust-001'"));
        assertEquals(1, scene.count("from change where kind = 'USAGE' and customer = 'cust-001'"));
    }

    @Test
    void repeated_event_is_counted_once() {
        Recorded first = loop.record(at(0, 0, json("e", "ws-001", 7)), at(0, 1, json("e", "ws-001", 7)));
        Recorded second = loop.record(at(1, 0, json("e", "ws-001", 7)));
        assertEquals(1, first.count(ReceiptStatus.RECORDED));
        assertEquals(1, first.count(ReceiptStatus.DUPLICATE));
        assertEquals(1, second.count(ReceiptStatus.DUPLICATE));
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(2, scene.tally("duplicates"));
        assertEquals(0, scene.count("from ledger_exception"));
    }

    @Test
    void redelivered_records_are_skipped_and_are_no_duplicates() {
        List<LogRecord> records = List.of(
                awaited(at(0, 0, json("e", "ws-001", 7)), 1),
                awaited(at(0, 1, json("e", "ws-001", 7)), 2),
                awaited(at(0, 2, json("e", "ws-001", 8)), 3));
        List<ReceiptStatus> told = statuses(loop.record(records).outcomes());
        Recorded again = loop.record(records);
        assertEquals(List.of(ReceiptStatus.RECORDED, ReceiptStatus.DUPLICATE, ReceiptStatus.CONFLICT), told);
        assertEquals(told, statuses(again.earlier()));
        assertEquals(List.of(), again.outcomes());
        assertEquals(3, again.skipped());
        assertEquals(1, scene.tally("duplicates"));
        assertEquals(1, scene.tally("conflicts"));
        assertEquals(1, scene.count("from ledger_exception"));
        assertEquals(3, scene.tally("next_offset"));
    }

    @Test
    void a_batch_that_was_recorded_in_part_goes_on_behind_that_part() {
        loop.record(at(0, 0, json("a", "ws-001", 1)), at(0, 1, json("b", "ws-001", 1)));
        Recorded more = loop.record(
                at(0, 1, json("b", "ws-001", 1)), at(0, 2, json("c", "ws-001", 1)), at(1, 0, json("d", "ws-001", 1)));
        assertEquals(1, more.skipped());
        assertEquals(2, more.count(ReceiptStatus.RECORDED));
        assertEquals(new BigDecimal(4), scene.outputTokens());
        assertEquals(0, scene.tally("duplicates"));
    }

    @Test
    void a_zombie_that_records_the_same_at_the_same_time_adds_nothing() {
        Scene.Loop zombie = scene.loop();
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            records.add(at(0, i, json("e-" + i, "ws-00" + (1 + i % 9), 1)));
        }
        Future<Recorded> own = loop.recording(records, Set.of());
        Future<Recorded> others = zombie.recording(records, Set.of());
        assertEquals(200, await(own).skipped() + await(others).skipped());
        assertEquals(new BigDecimal(200), scene.outputTokens());
        assertEquals(0, scene.tally("duplicates"));
    }

    @Test
    void of_two_contents_the_first_stands_and_the_other_is_an_exception_with_its_bytes() {
        Recorded recorded = loop.record(at(0, 0, json("e", "ws-001", 7)), at(0, 1, json("e", "ws-001", 8)));
        loop.record(at(2, 0, json("e", "ws-002", 7)));
        assertEquals(1, recorded.count(ReceiptStatus.CONFLICT));
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(
                List.of(json("e", "ws-001", 8), json("e", "ws-002", 7)),
                scene.column("select convert_from(payload, 'UTF8') from ledger_exception where reason = 'conflict'"
                        + " and state = 'open' order by exception"));
    }

    @Test
    void what_is_no_event_is_an_exception_with_its_bytes() {
        byte[] bytes = {0, (byte) 0xff, '{'};
        byte[] nul = "{\"\\u0000\":{\"a\":\"\\u0000\"}}".getBytes(StandardCharsets.UTF_8);
        String valid = json("e", "ws-001", 1);
        List<LogRecord> records = List.of(
                at(0, 0, bytes, "demo\u001fx"),
                at(0, 1, nul, "demo\u001fx"),
                at(0, 2, valid.getBytes(StandardCharsets.UTF_8), null),
                at(0, 3, valid.getBytes(StandardCharsets.UTF_8), "a\u0000b\u001fx"),
                at(0, 4, valid.getBytes(StandardCharsets.UTF_8), "x".repeat(129) + "\u001fx"),
                at(0, 5, new byte[0], "\u001f"),
                at(0, 6, json("", "ws-001", 1)),
                at(0, 7, valid.replace("2026-11-20T09:50:00Z", "+300000-01-01T00:00:00Z")),
                at(0, 8, valid.replace("\"e\"", "7")),
                at(0, 9, valid));
        Recorded recorded = loop.record(records);
        assertEquals(9, recorded.unreadable());
        assertEquals(1, recorded.count(ReceiptStatus.RECORDED));
        assertEquals(9, scene.tally("unreadable"));
        assertEquals(10, scene.tally("next_offset"));
        assertArrayEquals(
                bytes,
                scene.database
                        .run(
                                "select payload from ledger_exception where reason = 'unreadable' order by exception limit 1")
                        .iterator()
                        .next()
                        .getBuffer(0)
                        .getBytes());
    }

    @Test
    void an_unmatched_event_is_held_and_counted_by_itself_once_the_identity_arrives() {
        Recorded recorded = loop.record(at(0, 0, json("e", "new", 7)), at(0, 1, json("f", "other", 7)));
        assertEquals(2, recorded.held());
        assertEquals(2, recorded.count(ReceiptStatus.RECORDED));
        assertEquals(BigDecimal.ZERO, scene.outputTokens());
        assertEquals(
                List.of("unmatched_account|new", "unmatched_account|other"),
                scene.column("select reason || '|' || subject from ledger_exception order by exception"));

        scene.deploy(scene.held());
        scene.identity("new", "cust-002");
        changed();
        scene.until("select count(*) = 1 from ledger_exception where state = 'resolved'");
        assertEquals(new BigDecimal(7), scene.outputTokens());
        assertEquals(
                List.of("e|cust-002|sub-002"),
                scene.column("select concat_ws('|', id, customer, subscription) from entry where held is null"));
        assertEquals(1, scene.count("from entry where held is not null and customer is null"));
        assertEquals(1, scene.count("from change where kind = 'EXCEPTION' and customer = 'cust-002'"));

        assertEquals(1, loop.record(at(1, 0, json("e", "new", 7))).count(ReceiptStatus.DUPLICATE));
        assertEquals(new BigDecimal(7), scene.outputTokens());
    }

    @Test
    void an_event_of_an_unknown_subscription_is_held_until_the_customer_has_it() {
        String data = "{\"subscription\":\"sub-new\"," + Events.data(7).substring(1);
        loop.record(
                at(0, 0, json("e", "ws-001", data)),
                at(0, 1, json("s", "", data).replace("\"subject\":\"\",", "")));
        assertEquals(
                List.of("unknown_subscription|sub-new", "unknown_subscription|sub-new"),
                scene.column("select reason || '|' || subject from ledger_exception order by exception"));
        scene.subscription("sub-new", "cust-001");
        scene.deploy(scene.held());
        scene.until("select count(*) = 2 from ledger_exception where state = 'resolved'");
        assertEquals(
                List.of("e|cust-001|sub-new", "s|cust-001|sub-new"),
                scene.column("select concat_ws('|', id, customer, subscription) from entry order by id"));
        assertEquals(new BigDecimal(14), scene.outputTokens());
    }

    @Test
    void an_event_may_name_its_subscription_in_place_of_a_subject() {
        String data = "{\"subscription\":\"sub-003\"," + Events.data(7).substring(1);
        loop.record(at(0, 0, json("e", "", data).replace("\"subject\":\"\",", "\"subject\":null,")));
        assertEquals("cust-003", scene.one("select customer from entry"));
    }

    @Test
    void a_log_that_was_read_beyond_the_ledger_is_a_gap_and_nothing_is_recorded() {
        loop.record(at(0, 0, json("a", "ws-001", 1)));
        Recorder.LogGapException gap = assertThrows(
                Recorder.LogGapException.class,
                () -> loop.record(at(1, 0, json("x", "ws-001", 1)), at(0, 2, json("c", "ws-001", 1))));
        assertEquals(0, gap.partition());
        assertEquals(1, gap.expected());
        assertEquals(1, scene.count("from entry"));
        await(loop.recording(List.of(at(0, 2, json("c", "ws-001", 1))), Set.of(0)));
        assertEquals(2, scene.count("from entry"));
    }

    @Test
    void a_known_account_is_known_also_when_the_cache_is_too_small() {
        Scene.Loop small = scene.loop(1);
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            records.add(at(3, i, json("e-" + i, "ws-%03d".formatted(i + 1), 1)));
        }
        assertEquals(0, small.record(records).held());
        assertEquals(new BigDecimal(100), scene.outputTokens());
    }

    @Test
    void master_data_that_changed_is_seen_by_the_next_batch() {
        assertEquals(1, loop.record(at(0, 0, json("a", "new", 1))).held());
        scene.identity("new", "cust-001");
        assertEquals(0, loop.record(at(0, 1, json("b", "new", 1))).held());
    }

    @Test
    void dimensions_that_no_index_could_keep_are_counted_in_the_remainder() {
        StringBuilder wide = new StringBuilder();
        for (int i = 0; i < 1_400; i++) {
            wide.append((char) (0x4e00 + i * 7 % 20_000));
        }
        String data = Events.data(1).replace("\"m1\"", "\"" + wide + "\"");
        assertEquals(0, loop.record(at(0, 0, json("e", "ws-001", data))).held());
        assertEquals(BigDecimal.ONE, scene.outputTokens());
        assertEquals(
                List.of("{\"model\":\"__other__\",\"region\":\"__other__\"}"),
                scene.column("select dimensions from aggregate where meter = 'llm_output_tokens'"));
        assertEquals(2, scene.count("from ledger_exception where reason = 'dimension_overflow'"));
    }

    @Test
    void the_failure_that_is_told_is_of_the_statement_that_failed() {
        scene.database.run("alter table entry_row add constraint no_poison check (id <> 'poison')");
        RuntimeException failure = assertThrows(
                RuntimeException.class,
                () -> loop.record(at(0, 0, json("poison", "ws-001", 1)), at(0, 1, json("b", "ws-001", 1))));
        assertTrue(Failures.ofTheData(failure), failure::toString);
        assertEquals(0, scene.tally("next_offset"));
    }

    private void changed() {
        Change change = new Change(Events.DEMO, new CustomerId("cust-002"), ChangeKind.MASTER_DATA);
        Addresses.CHANGES.tell(scene.vertx.eventBus(), new ChangeBatch(List.of(change), scene.clock.instant(), false));
    }

    private static List<ReceiptStatus> statuses(List<Batch.Outcome> outcomes) {
        return outcomes.stream()
                .sorted((a, b) -> Long.compare(a.record().offset(), b.record().offset()))
                .map(Batch.Outcome::status)
                .toList();
    }
}
