package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.ArchivedDay;
import io.weir.archive.ArchivedEvent;
import io.weir.fixtures.Refused;
import io.weir.schemas.EventKeys;
import io.weir.schemas.Instants;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import io.weir.settings.RetentionSettings;
import io.weir.settings.SettingsException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
    @TempDir
    Path directory;

    private Leaving leaving;

    @BeforeEach
    void open() {
        leaving = new Leaving(directory);
    }

    @AfterEach
    void close() {
        leaving.close();
    }

    @Test
    void a_day_is_exported_dropped_and_its_ids_forgotten_and_what_was_counted_stays() throws IOException {
        leaving.recorded("a", "b", "c", "d", "e");
        BigDecimal tokens = leaving.scene.outputTokens();
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
        assertEquals(0, leaving.scene.count("from pg_class where relname = 'entry_20261120'"));
        assertEquals(0, leaving.scene.count("from event_id"));
        assertEquals(
                5,
                leaving.scene.count("from archive_day, generate_series(1, ids_passed) where forgotten_at is not null"));
        assertEquals(tokens, leaving.scene.outputTokens());
        assertEquals(
                "archive-day-dropped|2026-11-20|weir|5",
                leaving.scene.one(
                        "select concat_ws('|', act, object, principal, state_after::json ->> 'entries') from audit_entry"
                                + " where act like 'archive%'"));
        Archive.Found found = leaving.archive()
                .find(EventKeys.key(Events.DEMO, "/test", "c"), List.of(Leaving.DAY))
                .orElseThrow();
        ArchivedEvent event = found.event();
        assertEquals(
                "c|ws-001|cust-001|sub-001",
                String.join("|", event.id(), event.subject(), event.customer(), event.subscription()));
        assertEquals("2026-11-20T09:50:00Z", event.time().toString());
        assertEquals(1.0, leaving.days("dropped"));
        assertFalse(leaving.failing);
        leaving.pass();
        assertEquals(1, leaving.scene.count("from audit_entry where act like 'archive%'"));
    }

    @Test
    void a_day_is_kept_while_something_needs_it_and_says_what() {
        LinkedHashMap<String, List<String>> needs = new LinkedHashMap<>(Map.of(
                "unattributed",
                        List.of(
                                "update entry set subscription = null where id = 'a'",
                                "update entry set subscription = 'sub-001' where id = 'a'"),
                "backfill",
                        List.of(
                                "update meter_backfill set ended_at = null, day = '2026-11-20' where meter = 'llm_requests'",
                                "update meter_backfill set ended_at = now()"),
                "total", List.of("""
                        insert into source_total (tenant, source, event_type, hour, sent, sums, declared_by, declared_at)
                        values ('demo', '/test', 'llm.completion', '2026-11-20T09:00:00Z', 9, '{}', 'p', now())
                        """, "update source_total set complete = true")));
        leaving.recorded("a", "held");
        // First the one that is there already, or two would be told.
        needs.putFirst("held", List.of("select 1", "update ledger_exception set state = 'resolved'"));
        needs.forEach((why, changes) -> {
            leaving.scene.database.run(changes.getFirst());
            leaving.pass();
            assertEquals(List.of("waiting|" + why), leaving.states());
            assertEquals(1.0, leaving.waiting(why));
            assertTrue(leaving.kept());
            leaving.scene.database.run(changes.getLast());
        });
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
        assertEquals("1", leaving.scene.one("select sum(held) from archive_part"));
    }

    @Test
    void a_day_waits_until_the_tenants_own_export_has_exactly_it() throws IOException {
        RetentionSettings confirmed = Leaving.settings(400, 400, true);
        leaving.recorded("a", "b", "c");
        leaving.pass(confirmed);
        leaving.pass(confirmed);
        assertEquals(List.of("exported|unconfirmed"), leaving.states());
        assertTrue(leaving.kept());
        assertInstanceOf(Refusal.Conflict.class, Refused.by(leaving.confirming("00", Leaving.DAY)));
        assertInstanceOf(
                Refusal.NotFound.class, Refused.by(leaving.confirming(leaving.sha256(), Leaving.DAY.minusDays(1))));
        leaving.confirm(leaving.sha256());
        leaving.confirm(leaving.sha256());
        assertEquals(1, leaving.scene.count("from audit_entry where act = 'archive-day-confirmed'"));
        leaving.pass(confirmed);
        assertEquals(List.of("dropped"), leaving.states());
    }

    @Test
    void entries_are_kept_at_least_as_long_as_an_event_may_still_come_again() {
        assertTrue(String.valueOf(
                        assertThrows(SettingsException.class, () -> leaving.scene.deploy(leaving.verticle(50)))
                                .getMessage())
                .startsWith("retention.entryDays must be at least 51"));
        leaving.scene.deploy(leaving.verticle(51));
        leaving.scene.database.run("update tenant set past_seconds = 86400 * 90");
        assertTrue(String.valueOf(
                        assertThrows(SettingsException.class, () -> leaving.scene.deploy(leaving.verticle(100)))
                                .getMessage())
                .startsWith("retention.entryDays must be at least 106"));
    }

    @Test
    void a_repetition_is_known_while_its_id_is_kept_and_an_id_that_came_again_is_not_forgotten_with_the_old_one() {
        leaving.recorded("a", "b");
        leaving.pass(Leaving.settings(400, 800, false));
        assertEquals(1, leaving.record("a").count(ReceiptStatus.DUPLICATE));
        leaving.scene.database.run(
                "update event_id set recorded_at = '2027-12-01T00:00:00Z' where event_key = $1",
                EventKeys.key(Events.DEMO, "/test", "b"));
        leaving.later();
        leaving.pass(Leaving.settings(400, 800, false));
        assertEquals(1, leaving.scene.count("from event_id"));
        assertEquals(1, leaving.record("b").count(ReceiptStatus.DUPLICATE));
        assertEquals(1, leaving.record("a").count(ReceiptStatus.RECORDED));
    }

    @Test
    void ids_are_kept_for_what_a_node_still_holds_on_its_disk() {
        leaving.recorded("a");
        leaving.scene.database.run("insert into spilled (node, oldest) values ('lost', '2026-12-24T00:00:00Z')");
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
        assertEquals(1, leaving.scene.count("from event_id"));
        leaving.scene.database.run("delete from spilled");
        leaving.pass();
        assertEquals(0, leaving.scene.count("from event_id"));
    }

    @Test
    void what_was_corrected_on_the_day_is_there_as_it_was_sent_and_as_it_stands_and_keeps_its_id() throws IOException {
        leaving.recorded("a", "b");
        UUID key = EventKeys.key(Events.DEMO, "/test", "a");
        leaving.scene.database.run("""
                insert into entry select recorded_at + interval '1 s', received_at, logged_at, event_time, event_key, master_revision,
                    log_offset, subscription_revision, -2, schema_version, tenant, source, id, event_type, subject, correlation,
                    customer, subscription, item, legal_entity, held, '{"n": 2}' from entry where id = 'a'
                """);
        leaving.scene.database.run("""
                insert into correction (event_key, sequence, kind, reversed_at, replaced_at, digest, tenant, reason, corrected_by,
                    correlation, corrected_at)
                select event_key, 1, 'amendment', min(recorded_at), max(recorded_at), gen_random_uuid(), 'demo', 'r', 'p', 't', now()
                from entry where id = 'a' group by 1
                """);
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
        assertEquals(1, leaving.scene.count("from event_id where event_key = $1", key));
        assertEquals(1, leaving.scene.count("from event_id"));
        ArchivedEvent stands =
                leaving.archive().find(key, List.of(Leaving.DAY)).orElseThrow().event();
        assertEquals("{\"n\": 2}|null", stands.data() + "|" + stands.takenBack());
        try (ArchivedDay day = leaving.archive().open(Leaving.DAY)) {
            ArchivedEvent sent = day.event(day.find(key).orElseThrow() - 1);
            assertEquals(key + "|amendment", sent.key() + "|" + sent.takenBack());
        }
    }

    @Test
    void a_meter_that_comes_later_says_since_when_it_has_everything_and_no_old_quarter_is_made_anew() {
        leaving.recorded("a");
        leaving.pass();
        leaving.scene.database.run("delete from meter_backfill where meter = 'llm_requests'");
        await(leaving.scene
                .database
                .pool()
                .preparedQuery(AggregateTable.BEGIN_BACKFILLS)
                .execute(Tuple.of(Instants.utc(leaving.scene.clock.instant()))));
        assertEquals(
                "2026-11-20T10:00:00Z",
                leaving.scene
                        .database
                        .run("select since from meter_backfill where meter = 'llm_requests'")
                        .iterator()
                        .next()
                        .getOffsetDateTime(0)
                        .toInstant()
                        .toString());
        for (String quarter : List.of("2026-11-20T09:45:00Z|1", "2026-11-20T10:00:00Z|0")) {
            String[] expected = quarter.split("\\|");
            assertEquals(
                    Integer.parseInt(expected[1]),
                    leaving.scene
                            .database
                            .run(
                                    AggregateTable.QUARTER_LEFT,
                                    "demo",
                                    "llm.completion",
                                    Instants.utc(Instant.parse(expected[0])))
                            .size());
        }
    }

    @Test
    void each_key_of_a_day_is_in_key_order() throws IOException {
        leaving.recorded("a", "b", "c", "d", "e", "f", "g");
        leaving.pass();
        try (ArchivedDay day = leaving.archive().open(Leaving.DAY)) {
            assertEquals(
                    leaving.scene.column("select unnest($1::uuid[]) order by 1", (Object)
                            day.keys(0, 10).toArray(UUID[]::new)),
                    day.keys(0, 10).stream().map(String::valueOf).toList());
        }
    }
}
