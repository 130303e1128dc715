package io.weir.changes;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.weir.fixtures.TestDatabase;
import io.weir.local.LocalStack;
import io.weir.schemas.Address;
import io.weir.schemas.Addresses;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChangeFeedTest {
    private static final InstantSource TIME = InstantSource.system();
    private static final String INSERT =
            "insert into change (tenant, customer, kind) select 'acme', 'c' || n, 'USAGE' from generate_series(%d, %d) n";

    private final Vertx vertx = Vertx.vertx();
    private final LinkedBlockingQueue<ChangeBatch> told = new LinkedBlockingQueue<>();
    private final List<ChangeBatch> seen = new ArrayList<>();
    private final Set<String> customers = new HashSet<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private TestDatabase database;

    @BeforeEach
    void start() {
        database = TestDatabase.fresh(vertx);
        Address.prepare(vertx);
        Addresses.CHANGES.listen(vertx.eventBus(), told::add);
        WeirSettings.Changes settings = new WeirSettings.Changes(10, 1000, 100, 2, 24, 600_000);
        await(vertx.deployVerticle(new ChangeFeedVerticle(database.pool(), settings, TIME, meters)));
    }

    @AfterEach
    void stop() {
        database.close();
        await(vertx.close());
    }

    @Test
    void first_batch_tells_everything_and_later_ones_move_as_of_on() throws Exception {
        ChangeBatch first = next();
        assertTrue(first.everything());
        Instant now = TIME.instant();
        ChangeBatch later = until(batch -> !batch.asOf().isBefore(now));
        assertFalse(later.everything());
        assertEquals(List.of(), later.changes());
    }

    @Test
    void a_change_whose_transaction_commits_after_younger_ones_is_told() throws Exception {
        next();
        SqlConnection slow = await(database.pool().getConnection());
        Transaction open = await(slow.begin());
        await(slow.query(INSERT.formatted(1, 1)).execute());
        Instant begun = TIME.instant();
        database.run(INSERT.formatted(2, 2));
        Instant later = TIME.instant();
        for (int i = 0; i < 20; i++) {
            ChangeBatch batch = next();
            assertFalse(batch.asOf().isAfter(later), "as of passed a transaction that still ran");
        }
        assertEquals(Set.of(), customers);
        await(open.commit());
        await(slow.close());
        until(batch -> customers.equals(Set.of("c1", "c2")));
        until(batch -> batch.asOf().isAfter(begun));
    }

    @Test
    void transactions_that_overlap_at_random_lose_nothing() throws Exception {
        next();
        int writers = 3;
        int rounds = 100;
        List<Future<Void>> all = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
            all.add(write(w * rounds, rounds));
        }
        await(Future.all(all));
        until(batch -> customers.size() == writers * rounds);
    }

    private Future<Void> write(int from, int rounds) {
        if (rounds == 0) {
            return Future.succeededFuture();
        }
        double pause = rounds % 7 / 500.0;
        return database.pool()
                .withTransaction(tx -> tx.query(INSERT.formatted(from, from))
                        .execute()
                        .compose(inserted ->
                                tx.query("select pg_sleep(" + pause + ")").execute()))
                .compose(done -> write(from + 1, rounds - 1));
    }

    @Test
    void more_changes_than_one_reading_takes_are_told_by_several() throws Exception {
        next();
        for (int i = 0; i < 10; i++) {
            database.run(INSERT.formatted(i * 60, i * 60 + 59));
        }
        until(batch -> customers.size() == 600);
        assertTrue(seen.stream().allMatch(batch -> batch.changes().size() <= 200));
    }

    @Test
    void changes_while_postgres_is_away_are_told_when_it_is_back_and_as_of_stood_still() throws Exception {
        next();
        database.run(INSERT.formatted(1, 1));
        until(batch -> customers.contains("c1"));
        LocalStack.shared().stopPostgres();
        Instant away;
        try {
            while (meters.counter("weir.changes.polls", "outcome", "failed").count() == 0) {
                Thread.onSpinWait();
            }
            away = TIME.instant();
            told.drainTo(seen);
            assertTrue(seen.getLast().asOf().isBefore(away));
            assertTrue(told.isEmpty());
        } finally {
            LocalStack.shared().startPostgres();
        }
        TestDatabase again = database;
        await(again.pool().query(INSERT.formatted(2, 2)).execute());
        until(batch -> customers.contains("c2"));
        assertFalse(seen.getLast().everything());
        until(batch -> batch.asOf().isAfter(away));
    }

    @Test
    void hours_ahead_are_there_and_old_ones_go() {
        List<String> names = partitions();
        assertEquals(3, names.size());
        Instant tomorrow = TIME.instant().plus(Duration.ofHours(30));
        ChangeTable table = new ChangeTable(database.pool());
        // One that the feed reads just now is left for another time.
        for (int turn = 0; turn < 20 && await(table.partitions(tomorrow, 2, 24)) == 0; turn++) {
            assertTrue(partitions().contains(names.getFirst()));
        }
        List<String> later = partitions();
        assertFalse(later.contains(names.getFirst()));
        assertTrue(later.size() >= 3);
    }

    @Test
    void hours_are_made_while_a_writer_holds_the_table_and_old_ones_go_another_time() {
        List<String> names = partitions();
        ChangeTable table = new ChangeTable(database.pool());
        Instant tomorrow = TIME.instant().plus(Duration.ofHours(30));
        SqlConnection writer = await(database.pool().getConnection());
        Transaction open = await(writer.begin());
        await(writer.query(INSERT.formatted(1, 1)).execute());
        assertEquals(0, await(table.partitions(tomorrow, 2, 24)));
        assertEquals(names.size() + 3, partitions().size());
        await(open.commit());
        await(writer.close());
        int dropped = 0;
        for (int turn = 0; turn < 20 && dropped == 0; turn++) {
            dropped = await(table.partitions(tomorrow, 2, 24));
        }
        assertTrue(dropped > 0);
        assertFalse(partitions().contains(names.getFirst()));
    }

    private List<String> partitions() {
        List<String> names = new ArrayList<>();
        database.run(
                        "select relname::text from pg_class where relkind = 'r' and relname ~ '^change_[0-9]+$' order by 1")
                .forEach(row -> names.add(row.getString(0)));
        return names;
    }

    private ChangeBatch next() throws InterruptedException {
        ChangeBatch batch = told.poll(10, TimeUnit.SECONDS);
        assertNotNull(batch, "nothing told");
        seen.add(batch);
        for (Change change : batch.changes()) {
            customers.add(String.valueOf(change.customer()));
        }
        return batch;
    }

    private ChangeBatch until(Predicate<ChangeBatch> enough) throws InterruptedException {
        Instant deadline = TIME.instant().plusSeconds(20);
        ChangeBatch batch = next();
        while (!enough.test(batch)) {
            assertTrue(TIME.instant().isBefore(deadline), "not told in time");
            batch = next();
        }
        return batch;
    }
}
