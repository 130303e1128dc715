package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.policies.Call;
import io.weir.schemas.RefusedException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large bodies take turns on an event loop; small ones never wait. */
class TurnsTest {
    private static final int TURN = 10_000;
    private static final int WAITING = 20_000;
    private static final long TOO_LONG = 200_000_000;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Context loop = vertx.getOrCreateContext();
    private final AtomicInteger refused = new AtomicInteger();
    private final Turns turns = new Turns(TURN, WAITING, TOO_LONG, nanos::get, waiting, refused::incrementAndGet);

    @AfterEach
    void leave_nothing_running() throws Exception {
        get(vertx.close());
    }

    @Test
    void what_is_beyond_a_turn_waits_in_its_order_while_small_bodies_pass() throws Exception {
        List<Integer> order = new ArrayList<>();
        List<Boolean> atOnce = new ArrayList<>();
        Future<?> all = onLoop(() -> {
            List<Future<Call>> calls = new ArrayList<>();
            for (int bytes : new int[] {6_000, 6_001, 6_002, 9_000, 100, 6_003}) {
                Future<Call> call = turns.admit(call(bytes));
                atOnce.add(call.succeeded());
                calls.add(call.onSuccess(passed -> order.add(passed.bytes().length())));
            }
            nanos.addAndGet(7_000);
            assertEquals(3, waiting.get());
            assertEquals(7_000, turns.waitedNanos());
            return Future.all(calls);
        });
        get(all);
        assertEquals(List.of(true, true, false, false, true, false), atOnce);
        assertEquals(List.of(6_000, 6_001, 100, 6_002, 9_000, 6_003), order);
        assertEquals(0, waiting.get());
        assertEquals(0L, get(onLoop(() -> Future.succeededFuture(turns.waitedNanos()))));
    }

    @Test
    void a_body_that_finds_too_much_before_it_is_refused_and_the_wait_is_told_as_too_long_once() throws Exception {
        List<Long> told = new ArrayList<>();
        Future<Call> all = onLoop(() -> {
            List<Future<Call>> calls = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                calls.add(turns.admit(call(TURN)));
            }
            told.add(turns.waitedNanos());
            told.add(turns.waitedNanos());
            assertEquals(List.of(2, 3), List.of(waiting.get(), refused.get()));
            return calls.get(2)
                    .compose(passed -> calls.get(3).transform(outcome -> {
                        assertInstanceOf(RefusedException.class, outcome.cause());
                        return turns.admit(call(TURN));
                    }));
        });
        assertEquals(TURN, get(all).bytes().length());
        assertEquals(List.of(TOO_LONG, 0L), told);
    }

    private static Call call(int bytes) {
        HttpServerRequest nobodyAsks = (HttpServerRequest) Proxy.newProxyInstance(
                TurnsTest.class.getClassLoader(), new Class<?>[] {HttpServerRequest.class}, (proxy, method, given) -> {
                    throw new AssertionError(method);
                });
        return new Call(
                nobodyAsks, Map.of(), Instant.EPOCH, "", null, Buffer.buffer(new byte[bytes]), null, null, null);
    }

    private <T> Future<T> onLoop(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(go -> {
            try {
                work.get().onComplete(promise);
            } catch (Throwable failed) {
                promise.fail(failed);
            }
        });
        return promise.future();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
