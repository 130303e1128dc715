package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.ArchivedDay;
import io.weir.archive.ArchivedEvent;
import io.weir.fixtures.Refused;
import io.weir.schemas.Actor;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands.ConfirmDay;
import io.weir.schemas.EventKeys;
import io.weir.schemas.Instants;
import io.weir.schemas.Locks;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import io.weir.settings.RetentionSettings;
import io.weir.settings.SettingsException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final Duration TRANSIT = Duration.ofDays(14).plusHours(4);
    private static final String STATE = "select concat_ws('|', state, nullif(array_to_string(why, ','), '')) from archive_day";

    @TempDir
    Path directory;

    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final RetentionMeters counted = new RetentionMeters(meters);
    private final AtomicReference<Boolean> failing = new AtomicReference<>();
    private long offset;

    @BeforeEach
    void meters_have_counted_everything() {
        scene.database.run("""
                insert into meter_backfill (organisation, meter, version, revision, event_type, began_at, ended_at, day, last_day, after_key)
                select organisation, meter, version, revision, event_type, now(), now(), '2026-11-21', '2026-11-20', gen_random_uuid()
                from meter
                """);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private static RetentionSettings settings(int entryDays, int idDays, boolean confirm) {
        return new RetentionSettings(entryDays, idDays, "", confirm, 1_000, 0, 2, 1, 50, 10_000);
    }

    private Archive archive() {
        return new Archive(directory);
    }

    private void pass(RetentionSettings settings) {
        Retention retention =
                new Retention(scene.database.pool(), archive(), settings, scene.clock, counted, failing::set, () -> {});
        await(loop.on(() -> {
            retention.pass(51, () -> true);
            return true;
        }));
    }

    private void pass() {
        pass(settings(400, 400, false));
    }

    /** Records events on a day that has a partition, and has 401 days go by. */
    private void recorded(String... ids) {
        scene.database.run("select entry_partitions('2026-11-20T00:00:00Z', 0)");
        for (String id : ids) {
            record(id);
        }
        later();
    }

    private Recorded record(String id) {
        return loop.record(at(0, offset++, json(id, id.startsWith("held") ? "unknown" : "ws-001", 7)));
    }

    private void later() {
        scene.clock.advance(Duration.ofDays(401));
    }

    private boolean kept() {
        return scene.count("from pg_class where relname = 'entry_20261120'") == 1 && scene.count("from entry") > 0;
    }

    private double waiting(String why) {
        return meters.get("weir.archive.waiting").tag("why", why).gauge().value();
    }

    private String sha256() throws IOException {
        return archive().manifest(DAY).orElseThrow().files().stream()
                .filter(Archive::holdsEvents)
                .findFirst()
                .orElseThrow()
                .sha256();
    }

    @Test
    void a_day_is_exported_dropped_and_its_ids_forgotten_and_what_was_counted_stays() throws IOException {
        recorded("a", "b", "c", "d", "e");
        BigDecimal tokens = scene.outputTokens();
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals(0, scene.count("from pg_class where relname = 'entry_20261120'"));
        assertEquals(0, scene.count("from event_id"));
        assertEquals(5, scene.count("from archive_day, generate_series(1, ids_passed) where forgotten_at is not null"));
        assertEquals(tokens, scene.outputTokens());
        assertEquals(
                "archive-day-dropped|2026-11-20|weir|5",
                scene.one("select concat_ws('|', act, object, principal, state_after::json ->> 'entries') from audit_entry"
                        + " where act like 'archive%'"));
        Archive.Found found = archive()
                .find(EventKeys.key(Events.DEMO, "/test", "c"), List.of(DAY))
                .orElseThrow();
        ArchivedEvent event = found.event();
        assertEquals("c|ws-001|cust-001|sub-001", String.join("|", event.id(), event.subject(), event.customer(), event.subscription()));
        assertEquals("2026-11-20T09:50:00Z", event.time().toString());
        assertEquals(1.0, meters.counter("weir.archive.days", "outcome", "dropped").count());
        assertEquals(false, failing.get());
        pass();
        assertEquals(1, scene.count("from audit_entry where act like 'archive%'"));
    }

    @Test
    void a_day_in_the_default_partition_leaves_as_well_also_after_a_crash_half_way() throws IOException {
        for (String id : List.of("a", "b", "c", "d", "e")) {
            record(id);
        }
        assertEquals(5, scene.count("from entry_default"));
        later();
        pass(settings(400, 800, true));
        confirm(sha256());
        scene.database.run("update archive_day set state = 'leaving'");
        scene.database.run("delete from entry_default where id in ('a', 'd')");
        pass(settings(400, 800, true));
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals(0, scene.count("from entry"));
        assertEquals(5, archive().open(DAY).entries());
        record("f");
        assertEquals(1, scene.count("from entry_default"));
    }

    @Test
    void a_day_is_kept_while_something_needs_it_and_says_what() {
        LinkedHashMap<String, List<String>> needs = new LinkedHashMap<>(Map.of(
                "unattributed", List.of(
                        "update entry set subscription = null where id = 'a'",
                        "update entry set subscription = 'sub-001' where id = 'a'"),
                "backfill", List.of(
                        "update meter_backfill set ended_at = null, day = '2026-11-20' where meter = 'llm_requests'",
                        "update meter_backfill set ended_at = now()"),
                "total", List.of("""
                        insert into source_total (tenant, source, event_type, hour, sent, sums, declared_by, declared_at)
                        values ('demo', '/test', 'llm.completion', '2026-11-20T09:00:00Z', 9, '{}', 'p', now())
                        """, "update source_total set complete = true")));
        recorded("a", "held");
        // First the one that is there already, or two would be told.
        needs.putFirst("held", List.of("select 1", "update ledger_exception set state = 'resolved'"));
        needs.forEach((why, changes) -> {
            scene.database.run(changes.getFirst());
            pass();
            assertEquals(List.of("waiting|" + why), scene.column(STATE));
            assertEquals(1.0, waiting(why));
            assertTrue(kept());
            scene.database.run(changes.getLast());
        });
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals("1", scene.one("select sum(held) from archive_part"));
    }

    @Test
    void a_day_waits_until_the_tenants_own_export_has_exactly_it() throws IOException {
        RetentionSettings confirmed = settings(400, 400, true);
        recorded("a", "b", "c");
        pass(confirmed);
        pass(confirmed);
        assertEquals(List.of("exported|unconfirmed"), scene.column(STATE));
        assertTrue(kept());
        assertInstanceOf(Refusal.Conflict.class, Refused.by(confirming("00", DAY)));
        assertInstanceOf(Refusal.NotFound.class, Refused.by(confirming(sha256(), DAY.minusDays(1))));
        confirm(sha256());
        confirm(sha256());
        assertEquals(1, scene.count("from audit_entry where act = 'archive-day-confirmed'"));
        pass(confirmed);
        assertEquals(List.of("dropped"), scene.column(STATE));
    }

    private void confirm(String sha256) {
        await(confirming(sha256, DAY));
    }

    private io.vertx.core.Future<Void> confirming(String sha256, LocalDate day) {
        String deployed = scene.deploy(verticle(0));
        ConfirmDay command = new ConfirmDay(Events.DEMO, new Actor("exporter", "key", "trace"), day, sha256);
        return Addresses.CONFIRM_DAY
                .ask(scene.vertx.eventBus(), command, 5_000)
                .eventually(() -> scene.vertx.undeploy(deployed));
    }

    private RetentionVerticle verticle(int entryDays) {
        return new RetentionVerticle(
                scene.database.pool(),
                archive(),
                settings(entryDays, entryDays, false),
                TRANSIT,
                scene.clock,
                new SimpleMeterRegistry(),
                failing::set);
    }

    @Test
    void entries_are_kept_at_least_as_long_as_an_event_may_still_come_again() {
        assertTrue(String.valueOf(assertThrows(SettingsException.class, () -> scene.deploy(verticle(50)))
                .getMessage())
                .startsWith("retention.entryDays must be at least 51"));
        scene.deploy(verticle(51));
        scene.database.run("update tenant set past_seconds = 86400 * 90");
        assertTrue(String.valueOf(assertThrows(SettingsException.class, () -> scene.deploy(verticle(100)))
                .getMessage())
                .startsWith("retention.entryDays must be at least 106"));
    }

    @Test
    void a_directory_that_cannot_be_written_drops_nothing_and_shows() throws IOException {
        recorded("a");
        Path aside = directory.resolveSibling(directory.getFileName() + "-aside");
        Files.move(directory, aside);
        Files.writeString(directory, "no directory");
        pass();
        assertEquals(true, failing.get());
        assertTrue(kept());
        assertEquals(1.0, meters.counter("weir.archive.days", "outcome", "failed").count());
        Files.delete(directory);
        Files.move(aside, directory);
        pass();
        assertEquals(false, failing.get());
        assertEquals(List.of("dropped"), scene.column(STATE));
    }

    @Test
    void files_that_got_their_name_before_a_crash_are_taken_if_they_are_what_is_recorded() throws IOException {
        recorded("a", "b", "c");
        pass(settings(400, 400, true));
        String first = sha256();
        scene.database.run("delete from archive_day");
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals(first, sha256());
    }

    @Test
    void an_entry_that_changed_or_files_that_were_taken_away_have_the_day_exported_anew() throws IOException {
        RetentionSettings confirmed = settings(400, 400, true);
        recorded("a", "b", "c");
        pass(confirmed);
        String first = sha256();
        scene.database.run("update entry set item = 'another' where id = 'b'");
        confirm(first);
        pass(confirmed);
        pass(confirmed);
        assertEquals(List.of("exported|unconfirmed"), scene.column(STATE));
        assertTrue(!first.equals(sha256()));
        confirm(sha256());
        Files.delete(archive().events(DAY));
        pass(confirmed);
        assertTrue(kept());
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals(Optional.empty(), archive().damaged(archive().manifest(DAY).orElseThrow()));
    }

    @Test
    void files_that_are_not_what_was_written_are_an_alarm_and_nothing_is_dropped() throws IOException {
        recorded("a", "b", "c");
        pass(settings(400, 400, true));
        for (String name : List.of("events.ndjson.gz", "events.keys", "events.blocks", "manifest.json")) {
            Path file = archive().place(DAY).resolve(name);
            byte[] was = Files.readAllBytes(file);
            byte[] changed = name.equals("manifest.json")
                    ? new String(was).replace(sha256(), "0".repeat(64)).getBytes()
                    : was.clone();
            changed[was.length / 2] ^= name.equals("manifest.json") ? 0 : 1;
            Files.write(file, changed);
            pass();
            assertTrue(scene.one(STATE).startsWith("damaged|"), scene.one(STATE));
            assertEquals(true, failing.get());
            assertEquals(1.0, waiting("damaged"));
            assertTrue(kept());
            Files.write(file, was);
        }
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals(false, failing.get());
    }

    @Test
    void one_node_works_at_a_time_and_recording_is_never_held_up_for_long() {
        recorded("a");
        SqlConnection other = await(scene.database.pool().getConnection());
        await(other.preparedQuery(RetentionTable.TRY_LOCK).execute(Tuple.of(Locks.RETENTION)));
        pass();
        assertEquals(List.of(), scene.column(STATE));
        await(other.preparedQuery(RetentionTable.UNLOCK).execute(Tuple.of(Locks.RETENTION)));
        Transaction recording = await(other.begin());
        await(other.query("lock table entry in row exclusive mode").execute());
        pass();
        assertEquals(List.of("exported"), scene.column(STATE));
        assertEquals(1.0, meters.counter("weir.archive.days", "outcome", "locked").count());
        assertEquals(false, failing.get());
        await(recording.commit());
        await(other.close());
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
    }

    @Test
    void a_repetition_is_known_while_its_id_is_kept_and_an_id_that_came_again_is_not_forgotten_with_the_old_one() {
        recorded("a", "b");
        pass(settings(400, 800, false));
        assertEquals(1, record("a").count(ReceiptStatus.DUPLICATE));
        scene.database.run("update event_id set recorded_at = '2027-12-01T00:00:00Z' where event_key = $1",
                EventKeys.key(Events.DEMO, "/test", "b"));
        later();
        pass(settings(400, 800, false));
        assertEquals(1, scene.count("from event_id"));
        assertEquals(1, record("b").count(ReceiptStatus.DUPLICATE));
        assertEquals(1, record("a").count(ReceiptStatus.RECORDED));
    }

    @Test
    void ids_are_kept_for_what_a_node_still_holds_on_its_disk() {
        recorded("a");
        scene.database.run("insert into spilled (node, oldest) values ('lost', '2026-12-24T00:00:00Z')");
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals(1, scene.count("from event_id"));
        scene.database.run("delete from spilled");
        pass();
        assertEquals(0, scene.count("from event_id"));
    }

    @Test
    void what_was_corrected_on_the_day_is_there_as_it_was_sent_and_as_it_stands_and_keeps_its_id() throws IOException {
        recorded("a", "b");
        UUID key = EventKeys.key(Events.DEMO, "/test", "a");
        scene.database.run("""
                insert into entry select recorded_at + interval '1 s', received_at, logged_at, event_time, event_key, master_revision,
                    log_offset, subscription_revision, -2, schema_version, tenant, source, id, event_type, subject, correlation,
                    customer, subscription, item, legal_entity, held, '{"n": 2}' from entry where id = 'a'
                """);
        scene.database.run("""
                insert into correction (event_key, sequence, kind, reversed_at, replaced_at, digest, tenant, reason, corrected_by,
                    correlation, corrected_at)
                select event_key, 1, 'amendment', min(recorded_at), max(recorded_at), gen_random_uuid(), 'demo', 'r', 'p', 't', now()
                from entry where id = 'a' group by 1
                """);
        pass();
        assertEquals(List.of("dropped"), scene.column(STATE));
        assertEquals(1, scene.count("from event_id where event_key = $1", key));
        assertEquals(1, scene.count("from event_id"));
        ArchivedEvent stands = archive().find(key, List.of(DAY)).orElseThrow().event();
        assertEquals("{\"n\": 2}|null", stands.data() + "|" + stands.takenBack());
        try (ArchivedDay day = archive().open(DAY)) {
            ArchivedEvent sent = day.event(day.find(key).orElseThrow() - 1);
            assertEquals(key + "|amendment", sent.key() + "|" + sent.takenBack());
        }
    }

    @Test
    void a_meter_that_comes_later_says_since_when_it_has_everything_and_no_old_quarter_is_made_anew() {
        recorded("a");
        pass();
        scene.database.run("delete from meter_backfill where meter = 'llm_requests'");
        await(scene.database
                .pool()
                .preparedQuery(AggregateTable.BEGIN_BACKFILLS)
                .execute(Tuple.of(Instants.utc(scene.clock.instant()))));
        assertEquals(
                "2026-11-20T10:00:00Z",
                scene.database
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
                    scene.database
                            .run(AggregateTable.QUARTER_LEFT, "demo", "llm.completion", Instants.utc(Instant.parse(expected[0])))
                            .size());
        }
    }

    @Test
    void each_key_of_a_day_is_in_key_order() throws IOException {
        recorded("a", "b", "c", "d", "e", "f", "g");
        pass();
        try (ArchivedDay day = archive().open(DAY)) {
            assertEquals(
                    scene.column("select unnest($1::uuid[]) order by 1", (Object) day.keys(0, 10).toArray(UUID[]::new)),
                    day.keys(0, 10).stream().map(String::valueOf).toList());
        }
    }
}
