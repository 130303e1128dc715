package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.metering.UsageAnswer;
import io.weir.schemas.Decimals;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
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

    private record Event(Instant time, String customer, String model, String region, BigDecimal value) {
        String group(Set<String> by) {
            return (by.contains("customer") ? customer : "") + "|" + (by.contains("model") ? model : "") + "|"
                    + (by.contains("region") ? region : "");
        }
    }

    @Test
    void every_aggregation_is_what_its_events_say() {
        try (Scene scene = new Scene()) {
            Scene.Loop one = scene.loop();
            Scene.Loop other = scene.loop();
            Metering metering = new Metering(scene, 40);
            for (String kind : KINDS) {
                put(metering, "live_" + kind, kind);
            }
            List<Event> events = events();
            List<LogRecord> records = records(events);
            record(records.subList(0, EVENTS / 2), one, other);
            for (String kind : KINDS) {
                put(metering, "late_" + kind, kind);
            }
            metering.backfill();
            record(records.subList(EVENTS / 2, EVENTS), other, one);
            metering.complete();
            for (int i = 0; i < QUESTIONS; i++) {
                ask(metering, events, scene.clock.instant());
            }
        }
    }

    private static void put(Metering metering, String meter, String kind) {
        metering.put(
                meter,
                kind,
                kind.equals("count") ? null : "/data/v",
                "{model,region}",
                "{\"region\":{\"not\":\"no\"}}");
    }

    private List<Event> events() {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            // Around a change of daylight saving in Berlin, St John's and Lord Howe; quarters' edges more often than
            // not.
            Instant time = Instant.parse("2026-10-24T00:00:00Z")
                    .plusSeconds(random.nextInt(9 * 86_400))
                    .plus(random.nextInt(1_000_000), ChronoUnit.MICROS);
            if (random.nextInt(3) == 0) {
                time = Instant.ofEpochSecond(time.getEpochSecond() / 900 * 900);
            }
            events.add(new Event(
                    time,
                    "cust-00" + (1 + random.nextInt(3)),
                    "m" + random.nextInt(2),
                    List.of("eu", "us", "no").get(random.nextInt(3)),
                    new BigDecimal(random.nextInt(40) - 10)
                            .add(random.nextBoolean() ? BigDecimal.ZERO : new BigDecimal("0.000000000001"))));
        }
        return events;
    }

    private static List<LogRecord> records(List<Event> events) {
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            Event event = events.get(i);
            String data = "{\"model\":\"%s\",\"region\":\"%s\",\"v\":%s}"
                    .formatted(event.model, event.region, Decimals.text(event.value));
            records.add(at(
                    i % 2,
                    i,
                    json("e-" + i, event.customer.replace("cust", "ws"), data)
                            .replace("2026-11-20T09:50:00Z", event.time.toString())));
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

    private void ask(Metering metering, List<Event> all, Instant asOf) {
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
        List<Event> counted =
                all.stream().filter(event -> !event.region.equals("no")).toList();
        Set<String> grouped = new HashSet<>(by);
        if (random.nextBoolean()) {
            question.addAll(List.of("customer", "cust-001"));
            grouped.add("customer");
            counted = counted.stream()
                    .filter(event -> event.customer.equals("cust-001"))
                    .toList();
        }
        String about = "seed " + seed + ": " + question;
        check(kind, metering.ask(question.toArray(String[]::new)), counted, grouped, from, to, about);
        assertTrue(to.isBefore(asOf) || asOf.isAfter(from), about);
    }

    private Instant instant() {
        Instant instant = Instant.parse("2026-10-24T00:00:00Z").plusSeconds(random.nextInt(9 * 86_400));
        return random.nextBoolean() ? instant : Instant.ofEpochSecond(instant.getEpochSecond() / 900 * 900);
    }

    private static void check(
            String kind,
            List<UsageAnswer.Row> rows,
            List<Event> events,
            Set<String> by,
            Instant from,
            Instant to,
            String about) {
        Map<String, List<UsageAnswer.Row>> byGroup = new HashMap<>();
        for (UsageAnswer.Row row : rows) {
            String group = (row.customer() == null ? "" : row.customer()) + "|"
                    + row.dimensions().getOrDefault("model", "") + "|"
                    + row.dimensions().getOrDefault("region", "");
            byGroup.computeIfAbsent(group, absent -> new ArrayList<>()).add(row);
            List<Event> own = events.stream()
                    .filter(event -> event.group(by).equals(group))
                    .toList();
            assertEquals(
                    naive(kind, own, row.from(), row.to()).map(Decimals::text).orElse("none"),
                    row.value(),
                    () -> about + " " + row);
        }
        for (Event event : events) {
            boolean inside = !event.time.isBefore(from) && event.time.isBefore(to);
            assertTrue(
                    !inside
                            || byGroup.getOrDefault(event.group(by), List.of()).stream()
                                    .anyMatch(row -> !event.time.isBefore(row.from()) && event.time.isBefore(row.to())),
                    () -> about + " lacks " + event);
        }
    }

    private static Optional<BigDecimal> naive(String kind, List<Event> all, Instant from, Instant to) {
        if (kind.equals("weighted_sum")) {
            return Optional.of(levels(all, from, to));
        }
        List<Event> events = all.stream()
                .filter(event -> !event.time.isBefore(from) && event.time.isBefore(to))
                .toList();
        List<BigDecimal> values = events.stream().map(Event::value).sorted().toList();
        BigDecimal sum = values.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        BigDecimal count = BigDecimal.valueOf(values.size());
        if (kind.equals("count") || kind.equals("sum")) {
            return Optional.of(kind.equals("sum") ? sum : count);
        }
        if (kind.equals("unique")) {
            return Optional.of(BigDecimal.valueOf(
                    values.stream().map(Decimals::text).distinct().count()));
        }
        if (values.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                switch (kind) {
                    case "min" -> values.getFirst();
                    case "max" -> values.getLast();
                    case "avg" -> sum.divide(count, 12, RoundingMode.HALF_EVEN);
                    case "latest" ->
                        events.stream()
                                .max(Comparator.comparing(Event::time).thenComparing(Event::value))
                                .orElseThrow()
                                .value;
                    case "percentile" -> values.get((values.size() * 90 + 99) / 100 - 1);
                    default -> throw new IllegalArgumentException(kind);
                });
    }

    /** Each series by itself: the level that holds, second by second. */
    private static BigDecimal levels(List<Event> all, Instant from, Instant to) {
        Map<String, List<Event>> series = new TreeMap<>();
        all.forEach(event -> series.computeIfAbsent(
                        event.group(Set.of("customer", "model", "region")), absent -> new ArrayList<>())
                .add(event));
        BigDecimal sum = BigDecimal.ZERO;
        for (List<Event> events : series.values()) {
            events.sort(Comparator.comparing(Event::time).thenComparing(Event::value));
            for (int i = 0; i < events.size(); i++) {
                Instant since = events.get(i).time.isBefore(from) ? from : events.get(i).time;
                Instant until =
                        i + 1 < events.size() && events.get(i + 1).time.isBefore(to) ? events.get(i + 1).time : to;
                if (since.isBefore(until)) {
                    long micros = ChronoUnit.MICROS.between(since, until);
                    sum = sum.add(events.get(i).value.multiply(BigDecimal.valueOf(micros)));
                }
            }
        }
        return sum.divide(BigDecimal.valueOf(Duration.ofHours(1).toNanos() / 1_000), 12, RoundingMode.HALF_EVEN);
    }
}
