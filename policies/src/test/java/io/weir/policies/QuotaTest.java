package io.weir.policies;

import static io.weir.policies.Door.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.weir.schemas.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Quotas of a month, over real Postgres: never one event more, and not one less. */
class QuotaTest {
    private static final TenantId DEMO = new TenantId("demo");

    private final Vertx vertx = Vertx.vertx();
    private final Database database = new Database(vertx);
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-20T10:00:00Z"));
    private final InstantSource clock = now::get;

    @TempDir
    Path directory;

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    /** A node's part in one quota, on a context of its own. */
    private final class Node {
        private final Leases leases = new Leases(Throttles.SETTINGS, System::nanoTime);
        private final Months months;
        private final Month month;
        private final Context context = vertx.getOrCreateContext();

        private Node(String name, long quota) {
            months = Throttles.months(
                    leases,
                    System::nanoTime,
                    clock,
                    database.pool,
                    name,
                    SpendingFile.open(directory.resolve(name), 10));
            await(months.reconcile());
            months.onWake(() -> context.runOnContext(go -> months.first()));
            month = months.of(DEMO, "key", "events-month", quota);
        }

        /** Takes as a request does: waits for the tank where too little is reserved. */
        private boolean take(long events) {
            for (int attempt = 0; attempt < 4; attempt++) {
                if (month.take(events)) {
                    return true;
                }
                if (attempt > 0 && month.lacks(events, System.nanoTime(), months.freshNanos())) {
                    return false;
                }
                Promise<Void> asked = ((ContextInternal) context).promise();
                months.await(month, events, asked);
                await(asked.future());
            }
            return false;
        }

        private void round() {
            Promise<Void> done = Promise.promise();
            context.runOnContext(go -> {
                months.round();
                done.complete();
            });
            await(done.future());
        }

        /** What it has reserved is not given back by it; what it has asked Postgres for is done before the next life asks. */
        private void kill() {
            Promise<Void> done = Promise.promise();
            context.runOnContext(go -> months.settled().onComplete(done));
            await(done.future());
        }

        private void stop() {
            Promise<Void> done = Promise.promise();
            context.runOnContext(go -> months.close().onComplete(done));
            await(done.future());
        }
    }

    @Test
    void many_nodes_admit_exactly_the_quota() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node("n" + i, 1_000));
        }
        long admitted = 0;
        int refusedInARow = 0;
        while (refusedInARow < 30) {
            Node node = nodes.get(random.nextInt(3));
            int events = 1 + random.nextInt(refusedInARow > 0 ? 1 : 9);
            if (node.take(events)) {
                admitted += events;
                refusedInARow = 0;
            } else {
                refusedInARow++;
            }
            if (random.nextInt(10) == 0) {
                node.round();
            }
        }
        assertEquals(1_000, admitted, "seed " + seed);
        assertEquals(1_000, used());
    }

    @Test
    void what_was_used_survives_a_restart_of_everything_to_the_last_event() {
        Node first = new Node("n", 100);
        assertTrue(first.take(60));
        first.round();
        first.stop();
        assertEquals(60, used());
        Node second = new Node("n", 100);
        assertFalse(second.take(41));
        assertTrue(second.take(40));
        assertFalse(second.take(1));
        second.stop();
        assertEquals(100, used());
    }

    @Test
    void a_killed_nodes_slice_counts_as_used_and_no_event_more_passes() {
        Node killed = new Node("n1", 1_000);
        for (int i = 0; i < 100; i++) {
            assertTrue(killed.take(1));
            if (i % 20 == 0) {
                killed.round();
            }
        }
        // It is not told to stop.
        Node other = new Node("n2", 1_000);
        long admitted = 100;
        while (other.take(1)) {
            admitted++;
        }
        assertTrue(admitted <= 1_000, "admitted " + admitted);
        assertTrue(admitted > 600, "a slice was more than it may be: " + admitted);
    }

    @Test
    void a_killed_node_that_comes_back_knows_to_the_event_what_it_had_spent() {
        long admitted = 0;
        for (int life = 0; life < 5; life++) {
            Node node = new Node("n", 1_000);
            for (int i = 0; i < 37; i++) {
                assertTrue(node.take(1));
                admitted++;
                if (i % 10 == 5) {
                    node.round();
                }
            }
            node.kill();
        }
        Node last = new Node("n", 1_000);
        assertEquals(admitted, used());
        while (last.take(1)) {
            admitted++;
        }
        assertEquals(1_000, admitted);
    }

    @Test
    void without_its_file_all_that_a_killed_node_had_reserved_was_spent() throws IOException {
        Node killed = new Node("n", 1_000);
        for (int i = 0; i < 30; i++) {
            assertTrue(killed.take(1));
            killed.round();
        }
        Promise<Void> answered = Promise.promise();
        killed.months.await(killed.month, 1, answered);
        await(answered.future());
        long used = used();
        assertTrue(used > 30, "nothing was reserved ahead");
        Files.delete(directory.resolve("n"));
        assertTrue(new Node("n", 1_000).take(1));
        assertTrue(used() > used);
    }

    @Test
    void another_month_begins_with_the_whole_quota() {
        Node node = new Node("n", 10);
        assertTrue(node.take(10));
        assertFalse(node.take(1));
        assertTrue(node.month.secondsLeft() > 10 * 86_400);
        now.set(Instant.parse("2026-11-30T23:59:59.500Z"));
        assertFalse(node.take(1));
        assertEquals(1, node.month.secondsLeft());
        now.set(Instant.parse("2026-12-01T00:00:00Z"));
        assertTrue(node.take(10));
        assertFalse(node.take(1));
    }

    @Test
    void what_was_given_back_can_be_taken_again_and_a_lower_quota_counts_at_once() {
        Node node = new Node("n", 10);
        assertTrue(node.take(8));
        node.month.giveBack(8, node.month.month());
        assertTrue(node.take(10));
        node.stop();
        Node lower = new Node("n", 5);
        assertFalse(lower.take(1));
        lower.stop();
        Node higher = new Node("n", 11);
        assertTrue(higher.take(1));
        assertFalse(higher.take(1));
    }

    private long used() {
        AtomicLong used = new AtomicLong();
        Future<?> read = database.pool
                .query("select used from quota_month where holder = 'key'")
                .execute()
                .onSuccess(rows -> used.set(rows.iterator().next().getLong(0)));
        await(read);
        return used.get();
    }
}
