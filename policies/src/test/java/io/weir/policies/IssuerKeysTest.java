package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When an issuer's keys are fetched, and how long they are good. */
class IssuerKeysTest {
    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final List<Promise<Map<String, IssuerKey>>> fetches = new ArrayList<>();
    private final Signals signals = new Signals();
    private final IssuerKeys keys = new IssuerKeys(
            "main",
            () -> {
                Promise<Map<String, IssuerKey>> fetch = Promise.promise();
                fetches.add(fetch);
                return fetch.future();
            },
            new IssuerKeys.Times(Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ofHours(6)),
            now::get,
            signals);

    private static final class Signals implements IssuerSignals {
        private boolean failing;

        @Override
        public void answered() {
            failing = false;
        }

        @Override
        public void lost() {
            failing = true;
        }

        @Override
        public boolean failing() {
            return failing;
        }
    }

    @AfterEach
    void close() {
        Door.await(vertx.close());
    }

    @Test
    void who_asks_at_once_waits_for_one_fetch() {
        Future<IssuerKey> first = asked("a");
        Future<IssuerKey> second = asked("b");
        assertEquals(1, fetches.size());
        assertFalse(first.isComplete());
        answer("a");
        assertEquals("a", Door.await(first).id());
        assertNull(Door.await(second));
    }

    @Test
    void unknown_keys_have_no_more_fetched_than_one_time_an_interval() {
        keys.tick();
        answer("a");
        for (int i = 0; i < 10_000; i++) {
            Future<IssuerKey> asked = asked("made-up-" + i);
            if (!fetches.getLast().future().isComplete()) {
                answer("a");
            }
            assertNull(Door.await(asked));
            pass(Duration.ofMillis(10));
        }
        assertTrue(fetches.size() <= 11, fetches.size() + " fetches in 100 seconds");
        assertTrue(fetches.size() >= 10, fetches.size() + " fetches in 100 seconds");
    }

    @Test
    void a_rotated_key_is_fetched_when_it_is_asked_for() {
        keys.tick();
        answer("old");
        pass(Duration.ofSeconds(10));
        Future<IssuerKey> rotated = asked("new");
        answer("old", "new");
        assertEquals("new", Door.await(rotated).id());
        assertEquals(2, fetches.size());
    }

    @Test
    void a_key_that_vanished_is_no_longer_held() {
        keys.tick();
        answer("a", "b");
        IssuerKey gone = Door.await(asked("a"));
        assertTrue(keys.holds(gone));
        pass(Duration.ofMinutes(4));
        keys.tick();
        assertEquals(1, fetches.size(), "not due yet");
        pass(Duration.ofMinutes(1));
        keys.tick();
        assertTrue(keys.holds(gone), "until the fetch has ended");
        answer("b");
        assertFalse(keys.holds(gone));
    }

    @Test
    void a_key_that_is_fetched_again_is_the_same_key() throws ParseException {
        keys.tick();
        answer("a");
        IssuerKey before = Door.await(asked("a"));
        pass(Duration.ofMinutes(5));
        keys.tick();
        IssuerKey again = IssuerKey.of(JWK.parse(before.jwk().toJSONString())).orElseThrow();
        fetches.getLast().complete(Map.of("a", again));
        assertTrue(keys.holds(before));
    }

    @Test
    void a_key_of_the_same_id_and_other_content_is_another_key() {
        keys.tick();
        answer("a");
        IssuerKey before = Door.await(asked("a"));
        pass(Duration.ofMinutes(5));
        keys.tick();
        answer("a");
        assertFalse(keys.holds(before));
    }

    @Test
    void while_the_issuer_is_down_known_keys_go_on_for_a_time_and_it_is_asked_again_and_again() {
        keys.tick();
        answer("a");
        IssuerKey known = Door.await(asked("a"));
        pass(Duration.ofMinutes(5));
        keys.tick();
        fetches.getLast().fail("down");
        assertTrue(signals.failing());
        assertTrue(keys.known() && keys.holds(known));
        int before = fetches.size();
        pass(Duration.ofSeconds(10));
        keys.tick();
        assertEquals(before + 1, fetches.size());
        fetches.getLast().fail("down");
        pass(Duration.ofHours(6));
        assertFalse(keys.known());
        keys.tick();
        answer("a");
        assertTrue(keys.known());
        assertFalse(signals.failing());
    }

    @Test
    void without_one_good_fetch_nothing_is_known() {
        keys.tick();
        fetches.getLast().fail("down");
        assertFalse(keys.known());
        assertNull(Door.await(asked("a")));
    }

    private Future<IssuerKey> asked(String id) {
        Promise<IssuerKey> answer = Promise.promise();
        Promise<Void> asked = Promise.promise();
        vertx.runOnContext(go -> {
            keys.key(id).onComplete(answer);
            asked.complete();
        });
        Door.await(asked.future());
        return answer.future();
    }

    private void answer(String... ids) {
        Map<String, IssuerKey> found = new HashMap<>();
        for (String id : ids) {
            try {
                found.put(
                        id,
                        IssuerKey.of(new ECKeyGenerator(Curve.P_256).keyID(id).generate())
                                .orElseThrow());
            } catch (JOSEException e) {
                throw new IllegalStateException(e);
            }
        }
        fetches.getLast().complete(found);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
