package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Locks;
import io.weir.settings.RetentionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A crash between any two steps, a full disk, files that are not what was written, two nodes: nothing is dropped that is not archived. */
class RetentionFaultsTest {
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
    void a_day_in_the_default_partition_leaves_as_well_also_after_a_crash_half_way() throws IOException {
        for (String id : List.of("a", "b", "c", "d", "e")) {
            leaving.record(id);
        }
        assertEquals(5, leaving.scene.count("from entry_default"));
        leaving.later();
        leaving.pass(Leaving.settings(400, 800, true));
        leaving.confirm(leaving.sha256());
        leaving.scene.database.run("update archive_day set state = 'leaving'");
        leaving.scene.database.run("delete from entry_default where id in ('a', 'd')");
        leaving.pass(Leaving.settings(400, 800, true));
        assertEquals(List.of("dropped"), leaving.states());
        assertEquals(0, leaving.scene.count("from entry"));
        assertEquals(5, leaving.archive().open(Leaving.DAY).entries());
        leaving.record("f");
        assertEquals(1, leaving.scene.count("from entry_default"));
    }

    @Test
    void a_directory_that_cannot_be_written_drops_nothing_and_shows() throws IOException {
        leaving.recorded("a");
        Path aside = directory.resolveSibling(directory.getFileName() + "-aside");
        Files.move(directory, aside);
        Files.writeString(directory, "no directory");
        leaving.pass();
        assertTrue(leaving.failing);
        assertTrue(leaving.kept());
        assertEquals(1.0, leaving.days("failed"));
        Files.delete(directory);
        Files.move(aside, directory);
        leaving.pass();
        assertFalse(leaving.failing);
        assertEquals(List.of("dropped"), leaving.states());
    }

    @Test
    void files_that_got_their_name_before_a_crash_are_taken_if_they_are_what_is_recorded() throws IOException {
        leaving.recorded("a", "b", "c");
        leaving.pass(Leaving.settings(400, 400, true));
        String first = leaving.sha256();
        leaving.scene.database.run("delete from archive_day");
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
        assertEquals(first, leaving.sha256());
    }

    @Test
    void an_entry_that_changed_or_files_that_were_taken_away_have_the_day_exported_anew() throws IOException {
        RetentionSettings confirmed = Leaving.settings(400, 400, true);
        leaving.recorded("a", "b", "c");
        leaving.pass(confirmed);
        String first = leaving.sha256();
        leaving.scene.database.run("update entry set item = 'another' where id = 'b'");
        leaving.confirm(first);
        leaving.pass(confirmed);
        leaving.pass(confirmed);
        assertEquals(List.of("exported|unconfirmed"), leaving.states());
        assertTrue(!first.equals(leaving.sha256()));
        leaving.confirm(leaving.sha256());
        Files.delete(leaving.archive().events(Leaving.DAY));
        leaving.pass(confirmed);
        assertTrue(leaving.kept());
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
        assertEquals(
                Optional.empty(),
                leaving.archive()
                        .damaged(leaving.archive().manifest(Leaving.DAY).orElseThrow()));
    }

    @Test
    void files_that_are_not_what_was_written_are_an_alarm_and_nothing_is_dropped() throws IOException {
        leaving.recorded("a", "b", "c");
        leaving.pass(Leaving.settings(400, 400, true));
        for (String name : List.of("events.ndjson.gz", "events.keys", "events.blocks", "manifest.json")) {
            Path file = leaving.archive().place(Leaving.DAY).resolve(name);
            byte[] was = Files.readAllBytes(file);
            byte[] changed = name.equals("manifest.json")
                    ? new String(was).replace(leaving.sha256(), "0".repeat(64)).getBytes()
                    : was.clone();
            changed[was.length / 2] ^= name.equals("manifest.json") ? 0 : 1;
            Files.write(file, changed);
            leaving.pass();
            assertTrue(
                    leaving.states().getFirst().startsWith("damaged|"),
                    leaving.states().getFirst());
            assertTrue(leaving.failing);
            assertEquals(1.0, leaving.waiting("damaged"));
            assertTrue(leaving.kept());
            Files.write(file, was);
        }
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
        assertFalse(leaving.failing);
    }

    @Test
    void one_node_works_at_a_time_and_recording_is_never_held_up_for_long() {
        leaving.recorded("a");
        SqlConnection other = await(leaving.scene.database.pool().getConnection());
        await(other.preparedQuery(RetentionTable.TRY_LOCK).execute(Tuple.of(Locks.RETENTION)));
        leaving.pass();
        assertEquals(List.of(), leaving.states());
        await(other.preparedQuery(RetentionTable.UNLOCK).execute(Tuple.of(Locks.RETENTION)));
        Transaction recording = await(other.begin());
        await(other.query("lock table entry_row in row exclusive mode").execute());
        leaving.pass();
        assertEquals(List.of(), leaving.states(), "the day's index waits for who records");
        assertEquals(1.0, leaving.days("locked"));
        await(recording.commit());
        leaving.scene.database.run("select entry_by_key('2026-11-20')");
        recording = await(other.begin());
        await(other.query("lock table entry_row in row exclusive mode").execute());
        leaving.pass();
        assertEquals(List.of("exported"), leaving.states(), "its drop does as well");
        assertEquals(2.0, leaving.days("locked"));
        assertFalse(leaving.failing);
        await(recording.commit());
        await(other.close());
        leaving.pass();
        assertEquals(List.of("dropped"), leaving.states());
    }
}
