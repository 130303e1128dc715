package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.ledger.LatePartition;
import io.weir.schemas.Heartbeat;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a node says that another one would do better. A loop may stand still for 15 s, and for 120 s until a restart. */
class HealthTest {
    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private final Health health = new Health(
            new WeirSettings.Management("127.0.0.1", 0, 1_000, 2_000, 15_000, 120_000),
            () -> now,
            new SimpleMeterRegistry());
    private final Health.Dependency kafka = health.dependency("kafka");
    private final Health.Dependency postgres = health.dependency("postgres");
    private final Heartbeat first = health.loop("ledger-0");
    private final Heartbeat second = health.loop("ledger-1");

    @Test
    void a_node_is_ready_while_it_serves_only() {
        assertFalse(health.readiness().ready());
        serving();
        assertTrue(health.readiness().ready());
        health.phase(Health.Phase.DRAINING);
        assertFalse(health.readiness().ready());
    }

    @Test
    void a_node_can_serve_when_every_loop_could_do_its_work() {
        assertFalse(health.loopsStarted());
        first.start();
        assertFalse(health.loopsStarted());
        second.start();
        assertTrue(health.loopsStarted());
    }

    @Test
    void a_lost_dependency_degrades_and_is_named_with_its_time() {
        serving();
        health.lost(postgres);
        Instant lost = now;
        pass(Duration.ofMinutes(10));
        health.lost(postgres);
        Health.Readiness readiness = health.readiness();
        assertTrue(readiness.ready());
        assertEquals(List.of(new Health.Degraded("postgres", lost)), readiness.degraded());
        assertTrue(health.live());
        health.answered(postgres);
        assertEquals(List.of(), health.readiness().degraded());
    }

    @Test
    void a_loop_that_stands_still_while_all_answer_makes_the_node_not_ready_and_is_named() {
        serving();
        pass(Duration.ofSeconds(15));
        first.beat();
        assertTrue(health.readiness().ready());
        pass(Duration.ofMillis(1));
        first.beat();
        Health.Readiness readiness = health.readiness();
        assertFalse(readiness.ready());
        assertEquals(List.of(new Health.Stalled("ledger-1", 15)), readiness.stalled());
        assertTrue(health.live());
        second.beat();
        assertTrue(health.readiness().ready());
    }

    @Test
    void a_partition_that_stands_still_is_named_with_since_when_and_why_and_leaves_the_node_ready() {
        serving();
        health.late(List.of(new LatePartition(3, LatePartition.Why.FROZEN, now, 17, 4)));
        Health.Readiness readiness = health.readiness();
        assertTrue(readiness.ready());
        assertEquals(
                List.of(new Health.Degraded(
                        "partition-3", now, Optional.of("offset 17 is not recorded, and 4 records wait"))),
                readiness.degraded());
        health.late(List.of());
        assertEquals(List.of(), health.readiness().degraded());
    }

    @Test
    void a_vital_part_that_fails_makes_the_node_not_ready_and_lets_it_live() {
        serving();
        Health.Dependency disk = health.vital("spill-disk");
        assertTrue(health.readiness().ready());
        health.lost(disk);
        assertFalse(health.readiness().ready());
        assertEquals(
                List.of(new Health.Degraded("spill-disk", now)),
                health.readiness().degraded());
        assertTrue(health.live());
        health.answered(disk);
        assertTrue(health.readiness().ready());
    }

    @Test
    void a_stall_that_outlasts_its_setting_makes_the_node_not_live() {
        serving();
        pass(Duration.ofMinutes(2));
        assertTrue(health.live());
        pass(Duration.ofMillis(1));
        assertFalse(health.live());
    }

    @Test
    void a_loop_that_waits_for_a_lost_dependency_does_not_stand_still_and_has_its_time_when_it_is_back() {
        serving();
        health.lost(kafka);
        pass(Duration.ofMinutes(10));
        assertTrue(health.readiness().ready());
        health.answered(kafka);
        pass(Duration.ofSeconds(15));
        health.answered(kafka);
        assertTrue(health.readiness().ready());
        pass(Duration.ofMillis(1));
        assertFalse(health.readiness().ready());
    }

    private void serving() {
        health.answered(kafka);
        health.answered(postgres);
        first.start();
        second.start();
        health.phase(Health.Phase.SERVING);
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }
}
