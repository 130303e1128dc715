package io.weir.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.weir.schemas.Address;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The switch between log and journal, without a log: who goes where, in which order, and until when. It keeps for an hour. */
class SpillSwitchTest {
    private final Vertx vertx = Vertx.vertx();
    private final WeirSettings.Spill settings = new WeirSettings.Spill(2_000, 3_600, 1_000, 4_096, 1_000, 10);
    private Instant now = Instant.parse("2026-11-20T10:00:00Z");

    @TempDir
    private Path directory;

    private SpillJournal journal;
    private Spill spill;
    private Thread writer;

    @BeforeEach
    void make() throws IOException {
        Address.prepare(vertx);
        journal = SpillJournal.open(directory, settings.segmentBytes());
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Health health = new Health(
                new WeirSettings.Management("127.0.0.1", 0, 1_000, 2_000, 15_000, 120_000), () -> now, meters);
        spill = new Spill(
                settings, journal, new SpillSignals(meters, health), new SpillNotes(vertx, "test"), () -> now);
        writer = Thread.ofPlatform().unstarted(spill::write);
    }

    @AfterEach
    void end() throws Exception {
        spill.stop();
        writer.join();
        journal.close();
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    @Test
    void what_is_under_way_goes_over_first_in_its_order_and_all_that_waits_is_one_group() throws Exception {
        Asked done = new Asked("done");
        Asked first = new Asked("first");
        Asked second = new Asked("second");
        assertTrue(spill.straight(done));
        assertTrue(spill.straight(first));
        assertTrue(spill.straight(second));
        assertTrue(spill.left(done));
        spill.goOver("test");
        Asked third = new Asked("third");
        assertFalse(spill.straight(third));
        assertFalse(spill.left(first));
        writer.start();
        for (Asked asked : List.of(first, second, third)) {
            assertEquals("", asked.told());
        }
        assertEquals(List.of("first", "second", "third"), group());
        assertEquals(Optional.empty(), journal.read());
        assertFalse(done.answer.isDone());
    }

    @Test
    void it_goes_back_only_when_all_is_cut_off() throws Exception {
        spill.goOver("test");
        writer.start();
        Asked one = new Asked("one");
        assertFalse(spill.straight(one));
        assertEquals("", one.told());
        assertFalse(spill.goBack());
        SpillJournal.Group group = journal.read().orElseThrow();
        assertFalse(spill.goBack());
        journal.cut(group);
        assertTrue(spill.goBack());
        assertEquals(0, spill.bytes());
        assertTrue(spill.straight(new Asked("two")));
    }

    @Test
    void nothing_more_is_kept_while_the_oldest_is_too_old_or_there_is_no_room_and_what_is_kept_stays()
            throws Exception {
        spill.goOver("test");
        writer.start();
        Asked kept = new Asked("kept");
        spill.straight(kept);
        assertEquals("", kept.told());
        Asked large = new Asked("x".repeat(2_000));
        spill.straight(large);
        assertTrue(large.told().contains("as many events as it may"), large.told());
        now = now.plusSeconds(3_600);
        Asked still = new Asked("still");
        spill.straight(still);
        assertEquals("", still.told());
        now = now.plusSeconds(1);
        Asked late = new Asked("late");
        spill.straight(late);
        assertTrue(late.told().contains("for longer than"), late.told());
        assertEquals(List.of("kept"), group());
        assertEquals(List.of("still"), group());
    }

    private List<String> group() {
        return journal.read().orElseThrow().records().stream()
                .map(record -> new String(record.value(), UTF_8))
                .toList();
    }

    /** A request of one event; why it was refused, or nothing where it was kept. */
    private static final class Asked implements Spill.Request {
        private final CompletableFuture<String> answer = new CompletableFuture<>();
        private final byte[] value;

        private Asked(String value) {
            this.value = value.getBytes(UTF_8);
        }

        String told() throws Exception {
            return answer.get(10, TimeUnit.SECONDS);
        }

        @Override
        public List<ProducerRecord<String, byte[]>> records() {
            return List.of(new ProducerRecord<>("topic", "key", value));
        }

        @Override
        public long bytes() {
            return value.length;
        }

        @Override
        public long sinceNanos() {
            return System.nanoTime();
        }

        @Override
        public void kept() {
            answer.complete("");
        }

        @Override
        public void refused(String why) {
            answer.complete(why);
        }
    }
}
