package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two loops race over the same customers, with retries in other encodings, conflicts, unreadable records, redeliveries and
 * zombies; and canaries: ledgers that are broken on purpose, which the same check must find out.
 */
class LedgerRaceTest {
    private static final int EVENTS = 1_200;
    private static final int TRIES = 50;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Scene scene = new Scene();
    private final Map<String, Set<Long>> sent = new HashMap<>();
    private final List<List<LogRecord>> logs = List.of(new ArrayList<>(), new ArrayList<>());
    private long unreadable;

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void every_event_is_recorded_once_and_every_sum_is_right() {
        assertEquals(List.of(), race(), () -> "seed " + seed);
        scene.identity("nobody", "cust-001");
        scene.deploy(scene.held());
        scene.until("select count(*) = 0 from entry where held = 'unmatched_account'");
        assertEquals(List.of(), check().problems(scene), () -> "seed " + seed);
    }

    @Test
    void a_ledger_that_forgets_an_id_is_found_out() {
        broken("event_id", "insert", """
                if get_byte(uuid_send(new.event_key), 0) % 16 = 0 then
                    delete from event_id where event_key = new.event_key;
                end if;
                return new;
                """);
        assertNotEquals(List.of(), race(), () -> "seed " + seed);
    }

    @Test
    void a_ledger_that_loses_one_entry_in_a_hundred_is_found_out() {
        broken("entry_row", "insert", """
                if get_byte(uuid_send(new.event_key), 0) % 100 = 0 then
                    return null;
                end if;
                return new;
                """);
        assertNotEquals(List.of(), race(), () -> "seed " + seed);
    }

    @Test
    void a_ledger_that_adds_to_a_month_twice_is_found_out() {
        broken("usage_month", "update", """
                if new.entries % 16 = 0 then
                    new.value := new.value + (new.value - old.value);
                end if;
                return new;
                """);
        assertNotEquals(List.of(), race(), () -> "seed " + seed);
    }

    private void broken(String table, String on, String body) {
        scene.database.run("create function broken() returns trigger language plpgsql as $$ begin " + body + " end $$");
        scene.database.run(
                "create trigger broken before " + on + " on " + table + " for each row execute function broken()");
    }

    private LedgerCheck check() {
        return new LedgerCheck(sent, logs.get(0).size() + logs.get(1).size(), unreadable);
    }

    private List<String> race() {
        for (int i = 0; i < EVENTS; i++) {
            append(random.nextInt(2));
        }
        Scene.Loop one = scene.loop(3);
        Scene.Loop two = scene.loop();
        long seedOfTwo = random.nextLong();
        Scene.Loop zombieOne = scene.loop();
        Scene.Loop zombieTwo = scene.loop(3);
        Future<Void> first = one.on(() -> run(one, zombieOne, logs.get(0), new Random(seed)));
        Future<Void> second = two.on(() -> run(two, zombieTwo, logs.get(1), new Random(seedOfTwo)));
        await(Future.all(first, second));
        return check().problems(scene);
    }

    private void append(int partition) {
        List<LogRecord> log = logs.get(partition);
        String id = "e-" + random.nextInt(EVENTS * 2 / 3);
        Set<Long> contents = sent.computeIfAbsent(id, absent -> new HashSet<>());
        long tokens = Math.floorMod(id.hashCode(), 1_000) + (random.nextInt(12) == 0 ? 1_000 : 0);
        String subject =
                Math.floorMod(id.hashCode(), 10) == 0 ? "nobody" : "ws-00" + (Math.floorMod(id.hashCode(), 5) + 1);
        String data = random.nextBoolean()
                ? Events.data(tokens)
                : "{ \"outputTokens\": " + tokens
                        + ".0, \"inputTokens\": 1e1, \"region\": \"e\\u0075\", \"model\":\"m1\"}";
        byte[] json = Events.json(id, subject, data).getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(50) == 0) {
            json[0] = '?';
            unreadable++;
            if (contents.isEmpty()) {
                sent.remove(id);
            }
        } else {
            contents.add(tokens);
        }
        log.add(Events.at(partition, log.size(), json, "demo\u001f" + subject));
    }

    /** What a loop does with its partition; now and then a batch comes again, or a zombie believes that it is its own. */
    private static Void run(Scene.Loop own, Scene.Loop zombie, List<LogRecord> log, Random dice) {
        int from = 0;
        while (from < log.size()) {
            int to = Math.min(log.size(), from + 1 + dice.nextInt(60));
            List<LogRecord> batch = log.subList(from, to);
            List<Future<?>> recordings = new ArrayList<>();
            recordings.add(tried(own, batch, TRIES));
            if (dice.nextInt(5) == 0) {
                recordings.add(tried(zombie, batch, TRIES));
            }
            Future.await(Future.all(recordings));
            from = dice.nextInt(8) == 0 ? Math.max(0, from - dice.nextInt(20)) : to;
        }
        return null;
    }

    private static Future<Recorded> tried(Scene.Loop loop, List<LogRecord> batch, int tries) {
        return loop.recording(batch, Set.of())
                .recover(failure -> tries > 1 ? tried(loop, batch, tries - 1) : Future.failedFuture(failure));
    }
}
