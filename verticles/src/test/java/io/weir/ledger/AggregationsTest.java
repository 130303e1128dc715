package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Decimals;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Random events, counted live and backwards, asked in random spans and zones: each aggregation beside a naive computation. */
class AggregationsTest {
    private static final List<String> KINDS =
            List.of("count", "sum", "min", "max", "avg", "latest", "unique", "weighted_sum", "percentile");
    private static final List<String> ZONES =
            List.of("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe");
    private static final int EVENTS = 500;
    private static final int QUESTIONS = 250;

    private final long seed = Long.getLong("weir.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void every_aggregation_is_what_its_events_say() {
        try (Scene scene = new Scene()) {
            Scene.Loop one = scene.loop();
            Scene.Loop other = scene.loop();
            Metering metering = new Metering(scene, 40);
            for (String kind : KINDS) {
                metering.putOf("live_" + kind, kind);
            }
            List<NaiveUsage.Event> events = events();
            List<LogRecord> records = records(events);
            record(records.subList(0, EVENTS / 2), one, other);
            for (String kind : KINDS) {
                metering.putOf("late_" + kind, kind);
            }
            metering.backfill();
            record(records.subList(EVENTS / 2, EVENTS), other, one);
            metering.complete();
            for (int i = 0; i < QUESTIONS; i++) {
                ask(metering, events, scene.clock.instant());
            }
        }
    }

    private List<NaiveUsage.Event> events() {
        List<NaiveUsage.Event> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            // Around a change of daylight saving in Berlin, St John's and Lord Howe; quarters' edges more often than
            // not.
            Instant time = Instant.parse("2026-10-24T00:00:00Z")
                    .plusSeconds(random.nextInt(9 * 86_400))
                    .plus(random.nextInt(1_000_000), ChronoUnit.MICROS);
            if (random.nextInt(3) == 0) {
                time = Instant.ofEpochSecond(time.getEpochSecond() / 900 * 900);
            }
            events.add(new NaiveUsage.Event(
                    time,
                    "cust-00" + (1 + random.nextInt(3)),
                    "m" + random.nextInt(2),
                    List.of("eu", "us", "no").get(random.nextInt(3)),
                    new BigDecimal(random.nextInt(40) - 10)
                            .add(random.nextBoolean() ? BigDecimal.ZERO : new BigDecimal("0.000000000001"))));
        }
        return events;
    }

    private static List<LogRecord> records(List<NaiveUsage.Event> events) {
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            NaiveUsage.Event event = events.get(i);
            String data = "{\"model\":\"%s\",\"region\":\"%s\",\"v\":%s}"
                    .formatted(event.model(), event.region(), Decimals.text(event.value()));
            records.add(at(
                    i % 2,
                    i,
                    json("e-" + i, event.customer().replace("cust", "ws"), data)
                            .replace("2026-11-20T09:50:00Z", event.time().toString())));
        }
        return records;
    }

    private void record(List<LogRecord> records, Scene.Loop even, Scene.Loop odd) {
        int from = 0;
        while (from < records.size()) {
            int to = Math.min(records.size(), from + 1 + random.nextInt(60));
            for (int partition = 0; partition < 2; partition++) {
                int own = partition;
                List<LogRecord> batch = records.subList(from, to).stream()
                        .filter(record -> record.partition() == own)
                        .toList();
                await((own == 0 ? even : odd).recording(batch, Set.of(0, 1)));
            }
            from = to;
        }
    }

    private void ask(Metering metering, List<NaiveUsage.Event> all, Instant asOf) {
        String kind = KINDS.get(random.nextInt(KINDS.size()));
        String meter = (random.nextBoolean() ? "live_" : "late_") + kind;
        Instant from = instant();
        Instant to = from.plus(
                random.nextBoolean() ? random.nextInt(7_200) + 1 : random.nextInt(9 * 86_400) + 1, ChronoUnit.SECONDS);
        String window = List.of("total", "hour", "day", "month").get(random.nextInt(4));
        List<String> by = new ArrayList<>(List.of("customer", "model", "region"));
        Collections.shuffle(by, random);
        by = by.subList(0, random.nextInt(4));
        List<String> question = new ArrayList<>(List.of(
                "meter",
                meter,
                "from",
                from.toString(),
                "to",
                to.toString(),
                "window",
                window,
                "tz",
                ZONES.get(random.nextInt(ZONES.size())),
                "groupBy",
                String.join(",", by)));
        List<NaiveUsage.Event> counted =
                all.stream().filter(event -> !event.region().equals("no")).toList();
        Set<String> grouped = new HashSet<>(by);
        if (random.nextBoolean()) {
            question.addAll(List.of("customer", "cust-001"));
            grouped.add("customer");
            counted = counted.stream()
                    .filter(event -> event.customer().equals("cust-001"))
                    .toList();
        }
        String about = "seed " + seed + ": " + question;
        NaiveUsage.check(kind, metering.ask(question.toArray(String[]::new)), counted, grouped, from, to, about);
        assertTrue(to.isBefore(asOf) || asOf.isAfter(from), about);
    }

    private Instant instant() {
        Instant instant = Instant.parse("2026-10-24T00:00:00Z").plusSeconds(random.nextInt(9 * 86_400));
        return random.nextBoolean() ? instant : Instant.ofEpochSecond(instant.getEpochSecond() / 900 * 900);
    }
}
