package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When calls are refused for the node's sake, by a clock of the test's own: the settings that are shipped, without {@link Shedding}. */
class OverloadTest {
    private final WeirSettings settings = SettingsLoader.load(
            WeirSettings.class,
            List.of(Path.of("..", "conf", "weir.yaml")),
            Map.of(
                    "WEIR_POSTGRES_URI",
                    "postgres://w:w@127.0.0.1:1/w",
                    "WEIR_KAFKA_BOOTSTRAP_SERVERS",
                    "127.0.0.1:1",
                    "WEIR_OVERLOAD_QUEUE_MILLIS",
                    "60000"));
    private final AtomicLong nanos = new AtomicLong();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Overload overload = new Overload(settings, nanos::get, meters);
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void leave_nothing_running() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    @Test
    void while_the_loops_are_on_time_nothing_is_refused_up_to_the_most() {
        int most = settings.overload().maxLimit();
        List<Promise<Void>> calls = underWay(FlowClass.REPORT, most - 1);
        for (FlowClass flow : FlowClass.values()) {
            assertFalse(overload.refuses(flow), flow::text);
        }
        calls.addAll(underWay(FlowClass.REPORT, 1));
        for (FlowClass flow : FlowClass.values()) {
            assertTrue(overload.refuses(flow), flow::text);
        }
        calls.forEach(Promise::complete);
        assertFalse(overload.refuses(FlowClass.REPORT));
        assertEquals(1, meters.counter("weir.overload.refused", "flow", "check").count());
        assertEquals(
                0,
                meters.get("weir.overload.under.way")
                        .tag("flow", "report")
                        .gauge()
                        .value());
    }

    @Test
    void under_strain_reports_are_refused_first_then_events_then_checks() {
        int limit = settings.overload().initialLimit();
        strain();
        assertFalse(overload.refuses(FlowClass.REPORT), "strain alone refuses nothing");
        List<FlowClass> refused = new ArrayList<>();
        for (int taken = 0; taken < limit; taken++) {
            underWay(FlowClass.USAGE, 1);
            for (FlowClass flow : FlowClass.values()) {
                if (!refused.contains(flow) && overload.refuses(flow)) {
                    assertEquals(limit * settings.flow(flow.text()).sharePercent() / 100, taken + 1);
                    refused.add(flow);
                }
            }
        }
        assertEquals(FlowClass.REPORT, refused.getFirst());
        assertEquals(FlowClass.CHECK, refused.getLast());
        assertEquals(FlowClass.values().length, refused.size());
    }

    @Test
    void strain_passes_by_itself() {
        strain();
        underWay(FlowClass.USAGE, settings.overload().initialLimit());
        assertTrue(overload.refuses(FlowClass.CHECK));
        Eventually.holds("the loops are on time again", () -> overload.refuses(FlowClass.CHECK), refused -> !refused);
    }

    @Test
    void the_limit_falls_while_the_log_grows_slow_and_many_wait_and_never_below_the_least() {
        assertEquals(settings.overload().initialLimit(), limit());
        window(settings.overload().initialLimit(), 5);
        for (int millis = 10; millis < 4_000; millis = millis * 5 / 4) {
            window(limit(), millis);
        }
        int fallen = limit();
        assertTrue(fallen < settings.overload().initialLimit() / 2, "still " + fallen);
        for (int i = 0; i < 60; i++) {
            window(limit(), 4_000 + i * 1_000);
        }
        assertTrue(limit() >= settings.overload().minLimit(), "fell to " + limit());
        int before = limit();
        for (int i = 0; i < 20; i++) {
            window(before / 4, 60_000);
        }
        assertEquals(before, limit(), "few wait: however slow, the limit is not what holds them");
    }

    /** So many events at once, each that long on its way; then the window is over. */
    private void window(int events, int millis) {
        List<Promise<Void>> appends = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            Promise<Void> append = Promise.promise();
            overload.intoTheLog(append.future());
            appends.add(append);
        }
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
        appends.forEach(Promise::complete);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(settings.overload().windowMillis()));
    }

    private int limit() {
        return (int) meters.get("weir.overload.limit").gauge().value();
    }

    private List<Promise<Void>> underWay(FlowClass flow, int calls) {
        List<Promise<Void>> open = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            Promise<Void> call = Promise.promise();
            Future<Void> counted = overload.underWay(flow, call.future());
            assertFalse(counted.isComplete());
            open.add(call);
        }
        return open;
    }

    /** Lets an event loop be late by the clock of the test, once. */
    private void strain() {
        overload.watch(vertx);
        Eventually.holds(
                "strain",
                () -> {
                    nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
                    return meters.get("weir.overload.lag").gauge().value();
                },
                lag -> lag > 5);
    }
}
