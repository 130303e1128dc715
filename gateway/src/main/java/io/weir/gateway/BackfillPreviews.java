package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.entitlement.BalanceEffects;
import io.weir.policies.Call;
import io.weir.rating.ChargeEffects;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Decimals;
import io.weir.schemas.Scope;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What closing a backfill set would change, as three stages tell it: usage, balances, charges. */
final class BackfillPreviews {
    private final BalanceEffects balances;
    private final ChargeEffects charges;
    private final int most;

    /** @param most rows of each list; sums are of all */
    BackfillPreviews(BalanceEffects balances, ChargeEffects charges, int most) {
        this.balances = balances;
        this.charges = charges;
        this.most = most;
    }

    /** A meter's sum over all customers. */
    record Sum(String meter, long events, @Nullable String change) {}

    /** Usage of a customer's month. */
    record Usage(
            String customer,
            String meter,
            String month,
            long events,
            @Nullable String before,
            @Nullable String change,
            @Nullable String after) {}

    /** A balance before or after. */
    record State(String used, @Nullable String remaining, boolean granted, String reason) {
        static State of(BalanceEffects.State state) {
            return new State(Decimals.text(state.used()), text(state.remaining()), state.granted(), state.reason());
        }
    }

    /** A balance of this month. */
    record Balance(
            String customer,
            String feature,
            String meter,
            @Nullable String limit,
            State before,
            State after,
            boolean blocks) {}

    /** What a line would be charged more or less. */
    record Charge(
            String customer,
            String subscription,
            String meter,
            String month,
            String currency,
            String unitPrice,
            String quantity,
            String amount) {}

    /** What all lines of a currency come to. */
    record Amount(String currency, String amount) {}

    /** What would be charged. */
    record Charges(List<Charge> lines, List<Amount> amounts, boolean known) {}

    /**
     * All of it.
     *
     * @param complete whether the lists hold everything
     * @param charges null for who may not read money
     */
    record Preview(
            long revision,
            int events,
            BackfillSets.Outcomes outcomes,
            List<Sum> meters,
            List<Usage> usage,
            List<Balance> balances,
            @Nullable Charges charges,
            boolean complete) {}

    Future<Preview> of(Call call, BackfillSets.Effect effect) {
        Future<List<BalanceEffects.Effect>> balanced =
                balances.of(call.caller().tenant(), thisMonth(call.received(), effect), call.received());
        return balanced.compose(balances -> call.caller().may(Scope.BILLING_READ)
                ? charges.of(call.caller().tenant(), call.caller().organisation(), effect.hours())
                        .map(charged -> preview(effect, balances, charged))
                : Future.succeededFuture(preview(effect, balances, null)));
    }

    /** What this month gains, of as many customers as are told of. */
    private Map<CustomerId, Map<String, BigDecimal>> thisMonth(Instant now, BackfillSets.Effect effect) {
        YearMonth month = YearMonth.from(now.atZone(ZoneOffset.UTC));
        Map<CustomerId, Map<String, BigDecimal>> changes = new HashMap<>();
        for (BackfillSets.Usage usage : effect.usage()) {
            BigDecimal change = usage.change();
            boolean told = changes.containsKey(usage.customer()) || changes.size() <= most;
            if (change != null && told && YearMonth.from(usage.month()).equals(month)) {
                changes.computeIfAbsent(usage.customer(), first -> new HashMap<>())
                        .put(usage.meter(), change);
            }
        }
        return changes;
    }

    private Preview preview(
            BackfillSets.Effect effect, List<BalanceEffects.Effect> balanced, ChargeEffects.@Nullable Effects charged) {
        boolean complete = effect.usage().size() <= most
                && balanced.size() <= most
                && (charged == null || (charged.complete() && charged.lines().size() <= most));
        return new Preview(
                effect.revision(),
                effect.events(),
                effect.outcomes(),
                sums(effect),
                effect.usage().stream().limit(most).map(BackfillPreviews::usage).toList(),
                balanced.stream().limit(most).map(BackfillPreviews::balance).toList(),
                charged == null ? null : charges(charged),
                complete);
    }

    private static List<Sum> sums(BackfillSets.Effect effect) {
        Map<String, Sum> sums = new TreeMap<>();
        for (BackfillSets.Usage usage : effect.usage()) {
            BigDecimal change = usage.change();
            Sum before = sums.getOrDefault(usage.meter(), new Sum(usage.meter(), 0, "0"));
            String value = before.change() == null || change == null
                    ? null
                    : Decimals.text(new BigDecimal(before.change()).add(change));
            sums.put(usage.meter(), new Sum(usage.meter(), before.events() + usage.events(), value));
        }
        return new ArrayList<>(sums.values());
    }

    private static Usage usage(BackfillSets.Usage usage) {
        BigDecimal before = usage.before();
        BigDecimal change = usage.change();
        return new Usage(
                usage.customer().value(),
                usage.meter(),
                YearMonth.from(usage.month()).toString(),
                usage.events(),
                text(before),
                text(change),
                before == null || change == null ? null : Decimals.text(before.add(change)));
    }

    private static Balance balance(BalanceEffects.Effect effect) {
        return new Balance(
                effect.customer(),
                effect.feature(),
                effect.meter(),
                text(effect.limit()),
                State.of(effect.before()),
                State.of(effect.after()),
                effect.blocks());
    }

    private Charges charges(ChargeEffects.Effects charged) {
        Map<String, BigDecimal> amounts = new TreeMap<>();
        charged.lines().forEach(line -> amounts.merge(line.currency(), line.amount(), BigDecimal::add));
        Stream<Charge> lines = charged.lines().stream()
                .limit(most)
                .map(line -> new Charge(
                        line.customer(),
                        line.subscription(),
                        line.meter(),
                        line.month(),
                        line.currency(),
                        Decimals.text(line.unitPrice()),
                        Decimals.text(line.quantity()),
                        Decimals.amount(line.amount())));
        List<Amount> sums = new ArrayList<>();
        amounts.forEach((currency, amount) -> sums.add(new Amount(currency, Decimals.amount(amount))));
        return new Charges(lines.toList(), sums, charged.complete());
    }

    private static @Nullable String text(@Nullable BigDecimal value) {
        return value == null ? null : Decimals.text(value);
    }
}
