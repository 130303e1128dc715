package io.weir.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a partition is named: it may stand still for 30 s with records waiting, and have more of them after 60 s. */
class LagWatchTest {
    private static final Instant BEGIN = Instant.parse("2026-11-20T10:00:00Z");

    private final LagWatch watch = new LagWatch(SettingsLoader.load(
                    WeirSettings.class,
                    List.of(Path.of("../conf/weir.yaml")),
                    Map.of(
                            "WEIR_POSTGRES_URI", "postgres://weir:weir@127.0.0.1:1/weir",
                            "WEIR_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"))
            .ledger());

    @Test
    void a_partition_where_nothing_waits_is_never_named() {
        assertEquals(List.of(), at(0, 5, 5));
        assertEquals(List.of(), at(1_000, 5, 5));
    }

    @Test
    void a_place_that_does_not_move_while_records_wait_is_named_with_since_when() {
        at(0, 5, 5);
        at(10, 5, 9);
        assertEquals(List.of(), at(40, 5, 9));
        assertEquals(
                List.of(new LatePartition(3, LatePartition.Why.FROZEN, BEGIN.plusSeconds(10), 5, 11)), at(41, 5, 16));
        assertEquals(List.of(), at(42, 6, 16));
        assertEquals(List.of(), at(43, 16, 16));
    }

    @Test
    void a_backlog_that_grows_from_span_to_span_is_named_until_it_does_not() {
        for (int second = 0; second < 60; second += 10) {
            assertEquals(List.of(), at(second, second, 10L * second + 100));
        }
        assertEquals(List.of(new LatePartition(3, LatePartition.Why.GROWING, BEGIN, 60, 640)), at(60, 60, 700));
        assertEquals(List.of(new LatePartition(3, LatePartition.Why.GROWING, BEGIN, 80, 620)), at(80, 80, 700));
        at(100, 100, 700);
        assertEquals(List.of(), at(120, 300, 700));
    }

    @Test
    void a_backlog_that_is_worked_off_is_not_named() {
        for (int second = 0; second < 200; second += 10) {
            assertEquals(List.of(), at(second, 100L * second, 100_000));
        }
    }

    @Test
    void what_stood_still_while_nothing_could_be_asked_is_not_counted() {
        at(0, 5, 9);
        watch.forget();
        assertEquals(List.of(), at(100, 5, 9));
        assertEquals(1, at(131, 5, 9).size());
    }

    private List<LatePartition> at(int second, long next, long end) {
        return watch.look(BEGIN.plus(Duration.ofSeconds(second)), Map.of(3, new LagWatch.Place(next, end)));
    }
}
