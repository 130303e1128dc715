package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.weir.schemas.CustomerId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Numbers in place of what many entries have in common. */
class DictionaryTest {
    private final Scene scene = new Scene();
    private final Scene.Loop loop = scene.loop(2);

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void what_a_transaction_made_and_undid_is_made_anew() {
        Dictionary dictionary = new Dictionary(10);
        List<Integer> undone = await(loop.on(() -> InTransaction.undone(scene.database.pool(), sql -> {
            List<Integer> made = streams(dictionary, sql, "/a", "/b").numbers();
            assertEquals(made.reversed(), streams(dictionary, sql, "/b", "/a").numbers(), "its own statements see it");
            return made;
        })));
        assertEquals(0, scene.count("from entry_stream"));
        List<Integer> kept = committed(loop, dictionary, "/a", "/b").numbers();
        assertTrue(kept.stream().noneMatch(undone::contains), kept + " after " + undone);
        assertEquals(kept, committed(loop, dictionary, "/a", "/b").numbers());
        assertEquals(kept, committed(loop, new Dictionary(10), "/a", "/b").numbers());
        assertEquals(2, scene.count("from entry_stream"));
    }

    @Test
    void customers_without_a_subscription_have_numbers_below_zero() {
        Dictionary.Owner none =
                Dictionary.Owner.of(Events.DEMO, new CustomerId("cust-001"), Optional.empty(), Optional.empty());
        Dictionary.Owner held = Dictionary.Owner.of(Events.DEMO, new Resolution.Held("unmatched_account", "x"));
        List<Integer> numbers = await(loop.on(() -> InTransaction.run(
                scene.database.pool(), sql -> new Dictionary(10).owners(sql, List.of(none, held, none)))));
        assertEquals(numbers.get(0), numbers.get(2));
        assertTrue(numbers.get(0) < 0 && numbers.get(1) > 0, numbers.toString());
    }

    @Test
    void sources_beyond_what_a_tenant_may_have_stand_in_their_entries() {
        Dictionary dictionary = new Dictionary(2);
        List<String> sources =
                committed(loop, dictionary, "/a", "/b", "/c", "/d").sources();
        assertEquals(2, sources.stream().filter(String::isEmpty).count());
        assertEquals(3, scene.count("from entry_stream"));
        assertEquals(
                sources, committed(loop, dictionary, "/a", "/b", "/c", "/d").sources());
        loop.record(Events.at(0, 0, Events.json("e", "ws-001", 7).replace("\"/test\"", "\"/z\"")));
        assertEquals("/z", scene.one("select source from entry_row where id = 'e'"));
        assertEquals("/z", scene.one("select source from entry where id = 'e'"));
        assertEquals(3, scene.count("from entry_stream"));
    }

    @Test
    void two_loops_that_meet_something_new_at_once_give_it_one_number() {
        Scene.Loop other = scene.loop(2);
        Future<Dictionary.Streams> one = committing(loop, new Dictionary(10), "/x", "/y");
        Future<Dictionary.Streams> two = committing(other, new Dictionary(10), "/y", "/x");
        assertEquals(await(one).numbers(), await(two).numbers().reversed());
        assertNotEquals(await(one).numbers().getFirst(), await(one).numbers().getLast());
        assertEquals(2, scene.count("from entry_stream"));
    }

    private Dictionary.Streams committed(Scene.Loop on, Dictionary dictionary, String... sources) {
        return await(committing(on, dictionary, sources));
    }

    private Future<Dictionary.Streams> committing(Scene.Loop on, Dictionary dictionary, String... sources) {
        return on.on(() -> InTransaction.run(scene.database.pool(), sql -> streams(dictionary, sql, sources)));
    }

    private static Dictionary.Streams streams(Dictionary dictionary, SqlConnection sql, String... sources) {
        return dictionary.streams(
                sql,
                Stream.of(sources)
                        .map(source -> new Dictionary.Stream(Events.DEMO, source, "llm.completion", 1))
                        .toList());
    }
}
