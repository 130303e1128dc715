package io.weir.rating;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Usage, prices and charges of one subscription in memory, and billing runs over them. */
final class Books {
    private final String currency;
    private final TreeMap<Instant, BigDecimal> usage = new TreeMap<>();
    private final List<Price> prices = new ArrayList<>();
    final List<ChargeLine> charges = new ArrayList<>();

    private record Price(int version, Instant from, BigDecimal unitPrice) {}

    Books(String currency) {
        this.currency = currency;
    }

    /** A next version of the price, in force from that hour on. */
    Books price(String from, String unitPrice) {
        prices.add(new Price(prices.size() + 1, Instant.parse(from), new BigDecimal(unitPrice)));
        return this;
    }

    Books use(String hour, String quantity) {
        usage.merge(Instant.parse(hour), new BigDecimal(quantity), BigDecimal::add);
        return this;
    }

    /** A billing run; its charges, one a line: price version, month, sequence, quantity, amount. */
    String run(String from, String to) {
        Instant start = Instant.parse(from);
        Instant end = Instant.parse(to);
        List<HourQuantity> charged = charged(start, end);
        List<ChargeLine> made = Rater.difference(due(start, end), charged, standing());
        charges.addAll(made);
        return made.stream()
                .map(charge -> "v%d %s #%d %s = %s"
                        .formatted(
                                charge.line().priceVersion(),
                                charge.line().month().toString().substring(0, 7),
                                charge.sequence(),
                                charge.quantity().toPlainString(),
                                charge.amount().toPlainString()))
                .collect(Collectors.joining("\n"));
    }

    List<HourQuantity> due(Instant from, Instant to) {
        List<HourQuantity> due = new ArrayList<>();
        usage.subMap(from, to)
                .forEach((hour, quantity) -> prices.stream()
                        .filter(price -> !price.from().isAfter(hour))
                        .reduce((earlier, later) -> later)
                        .ifPresent(price -> due.add(hour(price, hour, quantity))));
        return due;
    }

    private HourQuantity hour(Price price, Instant hour, BigDecimal quantity) {
        LocalDate month = LocalDate.ofInstant(hour, ZoneOffset.UTC).withDayOfMonth(1);
        LineKey key = new LineKey("sub-1", 1, "tokens", "token-price", price.version(), month);
        return new HourQuantity(
                key,
                new Terms("cust-1", "SKU-1", "main", "cust-1", "tokens", price.unitPrice(), currency),
                hour,
                quantity);
    }

    private List<HourQuantity> charged(Instant from, Instant to) {
        List<HourQuantity> charged = new ArrayList<>();
        for (ChargeLine charge : charges) {
            charge.hours()
                    .subMap(from, to)
                    .forEach((hour, quantity) ->
                            charged.add(new HourQuantity(charge.line(), charge.terms(), hour, quantity)));
        }
        return charged;
    }

    private Map<LineKey, Standing> standing() {
        Map<LineKey, Standing> standing = new HashMap<>();
        for (ChargeLine charge : charges) {
            standing.merge(
                    charge.line(),
                    new Standing(charge.quantity(), charge.amount(), charge.sequence()),
                    (a, b) -> new Standing(
                            a.quantity().add(b.quantity()),
                            a.amount().add(b.amount()),
                            Math.max(a.sequence(), b.sequence())));
        }
        return standing;
    }

    /** What all charges of each line sum up to. */
    Map<LineKey, BigDecimal> amounts() {
        Map<LineKey, BigDecimal> amounts = new HashMap<>();
        charges.forEach(charge -> amounts.merge(charge.line(), charge.amount(), BigDecimal::add));
        amounts.values().removeIf(amount -> amount.signum() == 0);
        return amounts;
    }

    /** What a single rating of everything would charge for each line. */
    Map<LineKey, BigDecimal> singleRating() {
        Map<LineKey, BigDecimal> quantities = new HashMap<>();
        Map<LineKey, BigDecimal> unitPrices = new HashMap<>();
        for (HourQuantity hour : due(Instant.MIN, Instant.MAX)) {
            quantities.merge(hour.line(), hour.quantity(), BigDecimal::add);
            unitPrices.put(hour.line(), hour.terms().unitPrice());
        }
        Map<LineKey, BigDecimal> amounts = new HashMap<>();
        quantities.forEach((line, quantity) -> {
            BigDecimal unitPrice = unitPrices.getOrDefault(line, BigDecimal.ZERO);
            amounts.put(line, Rater.amount(quantity, unitPrice, currency));
        });
        amounts.values().removeIf(amount -> amount.signum() == 0);
        return amounts;
    }
}
