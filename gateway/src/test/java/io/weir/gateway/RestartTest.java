package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** A node that is stopped under load and started again has kept all that it acknowledged. */
class RestartTest {
    private static final int CALLERS = 4;

    @Test
    void what_was_accepted_while_the_node_stopped_is_recorded_after_its_restart() throws InterruptedException {
        RunningNode first = RunningNode.start(Map.of());
        Queue<ObjectNode> accepted = new ConcurrentLinkedQueue<>();
        CountDownLatch busy = new CountDownLatch(200);
        CountDownLatch ended = new CountDownLatch(CALLERS);
        for (int i = 1; i <= CALLERS; i++) {
            String subject = "ws-00" + i;
            Thread.ofVirtual().start(() -> {
                postUntilRefused(first, subject, accepted, busy);
                ended.countDown();
            });
        }
        assertTrue(busy.await(30, TimeUnit.SECONDS), "too few were accepted");
        try (RunningNode again = first.restart()) {
            assertTrue(ended.await(30, TimeUnit.SECONDS), "a caller hangs");
            // The same keys, the same data; each event was recorded once, or is now.
            for (ObjectNode event : accepted) {
                Eventually.holds(
                        "it is recorded",
                        () -> again.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(event))
                                .status(),
                        status -> status == 200);
            }
            List<ObjectNode> all = List.copyOf(accepted);
            Reply repeated = again.post(all.subList(0, Math.min(1_000, all.size())), "recorded");
            assertEquals(200, repeated.status(), repeated.toString());
            assertEquals(0, repeated.json().get("recorded").intValue(), repeated.toString());
            assertEquals(0, repeated.json().get("conflicts").intValue(), repeated.toString());
        } finally {
            first.close();
        }
    }

    /** Only what was answered with 202 counts; an answer that never came claims nothing. */
    private static void postUntilRefused(
            RunningNode weir, String subject, Queue<ObjectNode> accepted, CountDownLatch busy) {
        while (true) {
            ObjectNode event = Events.event(subject);
            try {
                if (weir.post(List.of(event), "accepted").status() != 202) {
                    return;
                }
            } catch (AssertionError stopped) {
                return;
            }
            accepted.add(event);
            busy.countDown();
        }
    }
}
