package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import io.weir.metering.UsageAnswer;
import io.weir.reconciliation.Period;
import io.weir.reconciliation.ReconciliationVerticle;
import io.weir.schemas.Commands.Corrected;
import io.weir.schemas.Decimals;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Events, repetitions, voids and amendments in any order and at once: every aggregation beside a naive computation. */
class CorrectionsRaceTest {
    private static final List<String> KINDS =
            List.of("count", "sum", "min", "max", "avg", "latest", "unique", "weighted_sum", "percentile");
    private static final int ROUNDS = 18;
    private static final int QUESTIONS = 100;

    private final long seed = Long.getLong("weir.seed", System.nanoTime());
    private final Random random = new Random(seed);
    /** What stands of each event; what is voided, or held, is not in it. */
    private final Map<String, NaiveUsage.Event> standing = new TreeMap<>();

    /** What each was sent as. */
    private final Map<String, NaiveUsage.Event> everHad = new TreeMap<>();

    private final List<String> recorded = new ArrayList<>();
    private final long[] offsets = new long[2];
    private int made;

    @Test
    void corrections_count_exactly_in_every_aggregation() {
        try (Scene scene = new Scene()) {
            List<Scene.Loop> loops = List.of(scene.loop(), scene.loop());
            List<Corrector> correctors = List.of(new Corrector(scene), new Corrector(scene));
            Metering metering = new Metering(scene, 30);
            KINDS.forEach(kind -> metering.putOf("live_" + kind, kind));
            for (int round = 0; round < ROUNDS; round++) {
                if (round == ROUNDS / 2) {
                    KINDS.forEach(kind -> metering.putOf("late_" + kind, kind));
                    metering.backfill();
                }
                round(loops, correctors);
            }
            metering.complete();
            List<NaiveUsage.Event> counted = standing.values().stream()
                    .filter(event -> !event.region().equals("no"))
                    .toList();
            for (int i = 0; i < QUESTIONS; i++) {
                ask(metering, counted);
            }
            months(scene, counted);
            nothing_differs(scene);
        }
    }

    /** A batch on each loop, and beside them corrections of events that were recorded before, each of another one. */
    private void round(List<Scene.Loop> loops, List<Corrector> correctors) {
        List<Future<?>> going = new ArrayList<>();
        List<String> fresh = new ArrayList<>();
        for (int partition = 0; partition < 2; partition++) {
            List<LogRecord> batch = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                boolean again = !recorded.isEmpty() && random.nextInt(4) == 0;
                String id = again ? recorded.get(random.nextInt(recorded.size())) : "e-" + made++;
                if (!again) {
                    everHad.put(id, event());
                    fresh.add(id);
                }
                batch.add(at(partition, offsets[partition]++, text(id, everHad(id))));
            }
            going.add(loops.get(partition).recording(batch, Set.of()));
        }
        Set<String> corrected = new HashSet<>();
        for (int i = 0; i < 8 && !recorded.isEmpty(); i++) {
            String id = recorded.get(random.nextInt(recorded.size()));
            if (corrected.add(id)) {
                going.add(correct(correctors.get(i % 2), id));
            }
        }
        going.forEach(io.weir.fixtures.TestDatabase::await);
        for (String id : fresh) {
            standing.put(id, everHad(id));
            recorded.add(id);
        }
    }

    private NaiveUsage.Event everHad(String id) {
        return Objects.requireNonNull(everHad.get(id));
    }

    private Future<Corrected> correct(Corrector corrector, String id) {
        boolean voids = random.nextInt(3) == 0;
        NaiveUsage.Event other = random.nextInt(6) == 0 ? everHad(id) : event();
        boolean unknown = !voids && random.nextInt(8) == 0;
        if (voids || unknown) {
            standing.remove(id);
        } else {
            standing.put(id, other);
        }
        String text = unknown ? text(id, other).replace("\"ws-", "\"nobody-") : text(id, other);
        return corrector.correcting(Events.DEMO, id, voids ? null : text);
    }

    private NaiveUsage.Event event() {
        Instant time = Instant.parse("2026-10-24T00:00:00Z")
                .plusSeconds(random.nextInt(6 * 3_600))
                .plus(random.nextInt(1_000_000), ChronoUnit.MICROS);
        return new NaiveUsage.Event(
                random.nextInt(3) == 0 ? quarter(time) : time,
                "cust-00" + (1 + random.nextInt(2)),
                "m" + random.nextInt(2),
                List.of("eu", "us", "no").get(random.nextInt(3)),
                new BigDecimal(random.nextInt(20) - 5));
    }

    private static Instant quarter(Instant time) {
        return Instant.ofEpochSecond(time.getEpochSecond() / 900 * 900);
    }

    private static String text(String id, NaiveUsage.Event event) {
        String data = "{\"model\":\"%s\",\"region\":\"%s\",\"v\":%s}"
                .formatted(event.model(), event.region(), Decimals.text(event.value()));
        return json(id, event.customer().replace("cust", "ws"), data)
                .replace("2026-11-20T09:50:00Z", event.time().toString());
    }

    private void ask(Metering metering, List<NaiveUsage.Event> counted) {
        String kind = KINDS.get(random.nextInt(KINDS.size()));
        String meter = (random.nextBoolean() ? "live_" : "late_") + kind;
        Instant begin = Instant.parse("2026-10-24T00:00:00Z");
        Instant from = begin.plusSeconds(random.nextInt(5 * 3_600));
        Instant to = (random.nextBoolean() ? from : quarter(from)).plusSeconds(900 + random.nextInt(3 * 3_600));
        Set<String> by = random.nextBoolean() ? Set.of("customer", "model", "region") : Set.of();
        List<UsageAnswer.Row> rows = metering.ask(
                "meter",
                meter,
                "from",
                from.toString(),
                "to",
                to.toString(),
                "window",
                random.nextBoolean() ? "total" : "hour",
                "groupBy",
                String.join(",", by));
        NaiveUsage.check(
                kind, rows, counted, by, from, to, "seed " + seed + ": " + meter + " from " + from + " to " + to);
    }

    /** What entitlements are answered from. */
    private void months(Scene scene, List<NaiveUsage.Event> counted) {
        BigDecimal sum = counted.stream().map(NaiveUsage.Event::value).reduce(BigDecimal.ZERO, BigDecimal::add);
        for (String when : List.of("live_", "late_")) {
            String months =
                    "select concat(trim_scale(sum(value)), '|', sum(entries)) from usage_month where meter = $1";
            assertEquals(Decimals.text(sum) + "|" + counted.size(), scene.one(months, when + "sum"), "seed " + seed);
            assertEquals(counted.size() + "|" + counted.size(), scene.one(months, when + "count"), "seed " + seed);
        }
        String uncounted = "select coalesce(sum(events), 0) from uncounted_event";
        assertEquals("0", scene.one(uncounted), "seed " + seed + ": llm_requests counts each");
    }

    private void nothing_differs(Scene scene) {
        ReconciliationVerticle stages = new ReconciliationVerticle(
                scene.database.pool(), Scene.settings(Map.of()).reconciliation(), scene.clock);
        await(stages.queries().reconcile(Events.DEMO, Period.parse("2026-10-24"), 100, null))
                .reconciliation()
                .items()
                .forEach(row -> assertEquals(
                        List.of(),
                        row.variances().stream()
                                .map(difference -> difference.variance().text())
                                .filter(text -> text.equals("metered") || text.equals("unexplained"))
                                .toList(),
                        "seed " + seed + ": " + row));
    }
}
