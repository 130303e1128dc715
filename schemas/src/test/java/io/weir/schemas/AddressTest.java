package io.weir.schemas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AddressTest {
    private static final Address<List<String>, Object> ADDRESS = new Address<>("test.address");
    private static final long PATIENCE_MILLIS = 10_000;

    private final Vertx vertx = Vertx.vertx();
    private final EventBus bus = vertx.eventBus();

    @BeforeEach
    void prepare() {
        Address.prepare(vertx);
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    @Test
    void question_and_answer_are_passed_as_they_are() {
        Object answer = new Object();
        List<String> question = List.of("why");
        LinkedBlockingQueue<List<String>> asked = new LinkedBlockingQueue<>();
        ADDRESS.answer(bus, heard -> {
            asked.add(heard);
            return Future.succeededFuture(answer);
        });
        assertSame(answer, ask(question));
        assertSame(question, asked.poll());
    }

    @Test
    void an_answer_may_be_nothing() {
        ADDRESS.answer(bus, heard -> Future.succeededFuture());
        assertNull(ask(List.of()));
    }

    @Test
    void a_refusal_travels() {
        RefusedException refused = new RefusedException(new Refusal.NotFound("it"));
        ADDRESS.answer(bus, heard -> Future.failedFuture(refused));
        assertSame(refused, assertThrows(RefusedException.class, () -> ask(List.of())));
    }

    @Test
    void a_bug_of_the_one_who_answers_travels_too() {
        ADDRESS.answer(bus, heard -> {
            throw new IllegalStateException("bug");
        });
        assertEquals(
                "bug",
                assertThrows(IllegalStateException.class, () -> ask(List.of())).getMessage());
    }

    @Test
    void nobody_there_and_nobody_in_time_are_told_apart() {
        assertEquals(
                ReplyFailure.NO_HANDLERS,
                assertThrows(ReplyException.class, () -> ask(List.of())).failureType());
        ADDRESS.answer(bus, heard -> Future.future(never -> {}));
        Throwable late = assertThrows(Exception.class, () -> await(ADDRESS.ask(bus, List.of(), 20)));
        assertEquals(
                ReplyFailure.TIMEOUT,
                assertInstanceOf(ReplyException.class, late).failureType());
    }

    @Test
    void news_come_in_order_to_every_listener() throws InterruptedException {
        LinkedBlockingQueue<List<String>> one = new LinkedBlockingQueue<>();
        LinkedBlockingQueue<List<String>> two = new LinkedBlockingQueue<>();
        ADDRESS.listen(bus, one::add);
        ADDRESS.listen(bus, two::add);
        vertx.runOnContext(go -> IntStream.range(0, 1_000).forEach(i -> ADDRESS.tell(bus, List.of("" + i))));
        for (int i = 0; i < 1_000; i++) {
            assertEquals(List.of("" + i), one.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
            assertEquals(List.of("" + i), two.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    private Object ask(List<String> question) {
        return await(ADDRESS.ask(bus, question, PATIENCE_MILLIS));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
