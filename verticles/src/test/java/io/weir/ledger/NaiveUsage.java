package io.weir.ledger;

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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Every aggregation computed event by event, and usage answers held to it. */
final class NaiveUsage {
    private NaiveUsage() {}

    /** An event of a meter's type. */
    record Event(Instant time, String customer, String model, String region, BigDecimal value) {
        String group(Set<String> by) {
            return (by.contains("customer") ? customer : "") + "|" + (by.contains("model") ? model : "") + "|"
                    + (by.contains("region") ? region : "");
        }
    }

    /** Holds an answer's rows to the events that should be in it. */
    static void check(
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

    static Optional<BigDecimal> naive(String kind, List<Event> all, Instant from, Instant to) {
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
