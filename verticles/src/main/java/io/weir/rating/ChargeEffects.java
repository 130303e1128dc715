package io.weir.rating;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Actor;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.Commands.RunBilling;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What usage that is not counted yet would be charged: the difference that a run over the months concerned would write with it, less
 * the one that it would write without it. Reads only; safe to be called from any thread.
 */
public final class ChargeEffects {
    private final Pool report;
    private final int maxHours;

    /** @param report connections of the flow class that answers reports */
    public ChargeEffects(Pool report, WeirSettings.Rating settings) {
        this.report = report;
        this.maxHours = settings.maxHoursPerRun();
    }

    /** What a line of a month would be charged more, or less. */
    public record Effect(
            String customer,
            String subscription,
            String meter,
            String month,
            String currency,
            BigDecimal unitPrice,
            BigDecimal quantity,
            BigDecimal amount) {}

    /**
     * All of it.
     *
     * @param complete false where a run over those months would be refused for its hours, so that nothing can be told
     */
    public record Effects(List<Effect> lines, boolean complete) {
        static final Effects NONE = new Effects(List.of(), true);
    }

    /** What these hours would be charged once they are closed. */
    public Future<Effects> of(TenantId tenant, String organisation, List<BackfillSets.Hour> hours) {
        if (hours.isEmpty()) {
            return Future.succeededFuture(Effects.NONE);
        }
        RunBilling run = run(tenant, organisation, hours);
        return report.withTransaction(in -> in.query("set transaction isolation level repeatable read, read only")
                .execute()
                .compose(set -> RatingTable.prices(in, run))
                .compose(prices -> added(in, run, prices, hours)
                        .compose(added -> added.isEmpty()
                                ? Future.succeededFuture(Effects.NONE)
                                : effects(in, run, prices, added))));
    }

    /** The run over the months that the hours lie in, of their subscriptions. */
    private static RunBilling run(TenantId tenant, String organisation, List<BackfillSets.Hour> hours) {
        Instant first = hours.stream()
                .map(BackfillSets.Hour::hour)
                .min(Instant::compareTo)
                .orElseThrow();
        Instant last = hours.stream()
                .map(BackfillSets.Hour::hour)
                .max(Instant::compareTo)
                .orElseThrow();
        List<SubscriptionId> subscriptions = hours.stream()
                .map(BackfillSets.Hour::subscription)
                .distinct()
                .map(SubscriptionId::new)
                .toList();
        Instant end = month(last).plusMonths(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        return new RunBilling(
                tenant,
                organisation,
                Actor.WEIR,
                month(first).atStartOfDay(ZoneOffset.UTC).toInstant(),
                end,
                subscriptions);
    }

    private static LocalDate month(Instant hour) {
        return LocalDate.ofInstant(hour, ZoneOffset.UTC).withDayOfMonth(1);
    }

    private record Billed(String subscription, long revision, String meter) {
        static Billed of(BackfillSets.Hour hour) {
            return new Billed(hour.subscription(), hour.revision(), hour.meter());
        }
    }

    /** The hours that are priced. */
    private static Future<List<HourQuantity>> added(
            SqlConnection in, RunBilling run, Prices prices, List<BackfillSets.Hour> hours) {
        List<Billed> all = hours.stream().map(Billed::of).distinct().toList();
        Tuple given = Tuple.of(run.tenant().value(), run.organisation())
                .addArrayOfString(all.stream().map(Billed::subscription).toArray(String[]::new))
                .addArrayOfLong(all.stream().map(Billed::revision).toArray(Long[]::new))
                .addArrayOfString(all.stream().map(Billed::meter).toArray(String[]::new));
        return in.preparedQuery(ChargeEffectTable.TERMS).execute(given).map(rows -> {
            Map<Billed, Row> terms = new HashMap<>();
            for (Row row : rows) {
                terms.put(
                        new Billed(row.getString("subscription"), row.getLong("revision"), row.getString("meter")),
                        row);
            }
            List<HourQuantity> added = new ArrayList<>();
            for (BackfillSets.Hour hour : hours) {
                Row row = terms.get(Billed.of(hour));
                if (row != null && row.getInteger("version") == hour.meterVersion()) {
                    add(row, prices, hour, added);
                }
            }
            return added;
        });
    }

    private static void add(Row row, Prices prices, BackfillSets.Hour hour, List<HourQuantity> added) {
        String currency = row.getString("currency");
        prices.inForce(new Prices.Scope(row.getString("plan"), hour.meter(), currency), hour.hour())
                .ifPresent(price -> added.add(new HourQuantity(
                        new LineKey(
                                hour.subscription(),
                                hour.revision(),
                                hour.meter(),
                                price.price(),
                                price.version(),
                                month(hour.hour())),
                        new Terms(
                                row.getString("customer"),
                                row.getString("item"),
                                row.getString("legal_entity"),
                                row.getString("bill_to"),
                                row.getString("unit"),
                                price.unitPrice(),
                                currency),
                        hour.hour(),
                        hour.quantity())));
    }

    private Future<Effects> effects(SqlConnection in, RunBilling run, Prices prices, List<HourQuantity> added) {
        int limit = maxHours + 1;
        return RatingTable.due(in, run, prices, run.from(), run.to(), limit)
                .compose(due -> RatingTable.charged(in, run, run.from(), run.to(), limit)
                        .compose(charged -> RatingTable.standing(in, run, run.from(), run.to())
                                .map(standing -> {
                                    if (Math.max(due.lookedAt(), charged.lookedAt()) > maxHours) {
                                        return new Effects(List.of(), false);
                                    }
                                    List<ChargeLine> without =
                                            Rater.difference(due.quantities(), charged.quantities(), standing);
                                    List<HourQuantity> with = new ArrayList<>(due.quantities());
                                    with.addAll(added);
                                    return new Effects(
                                            lines(without, Rater.difference(with, charged.quantities(), standing)),
                                            true);
                                })));
    }

    private static List<Effect> lines(List<ChargeLine> without, List<ChargeLine> with) {
        Map<String, Effect> lines = new TreeMap<>();
        without.forEach(line -> lines.merge(
                name(line), effect(line, line.quantity().negate(), line.amount().negate()), ChargeEffects::both));
        with.forEach(
                line -> lines.merge(name(line), effect(line, line.quantity(), line.amount()), ChargeEffects::both));
        return lines.values().stream()
                .filter(line -> line.quantity.signum() != 0 || line.amount.signum() != 0)
                .toList();
    }

    private static String name(ChargeLine line) {
        LineKey key = line.line();
        return String.join(
                "\u001f",
                line.terms().customer(),
                key.subscription(),
                key.meter(),
                key.month().toString(),
                Long.toString(key.revision()),
                key.price(),
                Integer.toString(key.priceVersion()));
    }

    private static Effect effect(ChargeLine line, BigDecimal quantity, BigDecimal amount) {
        return new Effect(
                line.terms().customer(),
                line.line().subscription(),
                line.line().meter(),
                YearMonth.from(line.line().month()).toString(),
                line.terms().currency(),
                line.terms().unitPrice(),
                quantity,
                amount);
    }

    private static Effect both(Effect one, Effect other) {
        return new Effect(
                one.customer,
                one.subscription,
                one.meter,
                one.month,
                one.currency,
                one.unitPrice,
                one.quantity.add(other.quantity),
                one.amount.add(other.amount));
    }
}
