package io.weir.rating;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Rating as a difference: what should stand, less what is charged, is what is to be charged now.
 *
 * <p>An amount is rounded once, on the line's cumulated quantity of its month, and then lessened by the amounts that
 * stand: so the order in which usage arrives, and how often it is rated, cannot change the sum.
 */
final class Rater {
    private static final Comparator<LineKey> ORDER = Comparator.comparing(LineKey::subscription)
            .thenComparing(LineKey::meter)
            .thenComparing(LineKey::month)
            .thenComparing(LineKey::revision)
            .thenComparing(LineKey::price)
            .thenComparing(LineKey::priceVersion);

    private Rater() {}

    /**
     * The charges that make the charged hours equal to those due.
     *
     * @param due what should stand for the hours of the run
     * @param charged what is charged of the same hours
     * @param standing all charges of these lines, in and outside of the hours of the run
     */
    static List<ChargeLine> difference(
            List<HourQuantity> due, List<HourQuantity> charged, Map<LineKey, Standing> standing) {
        SortedMap<LineKey, Open> lines = new TreeMap<>(ORDER);
        for (HourQuantity hour : due) {
            open(lines, hour).add(hour.hour(), hour.quantity());
        }
        for (HourQuantity hour : charged) {
            open(lines, hour).add(hour.hour(), hour.quantity().negate());
        }
        List<ChargeLine> charges = new ArrayList<>();
        lines.forEach((key, line) -> {
            line.hours.values().removeIf(quantity -> quantity.signum() == 0);
            if (!line.hours.isEmpty()) {
                charges.add(charge(key, line, standing.getOrDefault(key, Standing.NOTHING)));
            }
        });
        return charges;
    }

    /** What a cumulated quantity costs, in the currency's own precision. */
    static BigDecimal amount(BigDecimal quantity, BigDecimal unitPrice, String currency) {
        int digits = Math.max(0, Currency.getInstance(currency).getDefaultFractionDigits());
        return quantity.multiply(unitPrice).setScale(digits, RoundingMode.HALF_UP);
    }

    private static ChargeLine charge(LineKey key, Open line, Standing before) {
        BigDecimal quantity = line.hours.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        BigDecimal cumulated = before.quantity().add(quantity);
        BigDecimal amount =
                amount(cumulated, line.terms.unitPrice(), line.terms.currency()).subtract(before.amount());
        return new ChargeLine(key, line.terms, before.sequence() + 1, quantity, amount, line.hours);
    }

    private static Open open(SortedMap<LineKey, Open> lines, HourQuantity hour) {
        return lines.computeIfAbsent(hour.line(), key -> new Open(hour.terms(), new TreeMap<>()));
    }

    private record Open(Terms terms, TreeMap<Instant, BigDecimal> hours) {
        void add(Instant hour, BigDecimal quantity) {
            hours.merge(hour, quantity, BigDecimal::add);
        }
    }
}
