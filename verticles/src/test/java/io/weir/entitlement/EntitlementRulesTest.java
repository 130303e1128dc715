package io.weir.entitlement;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weir.entitlement.Catalog.Feature;
import io.weir.entitlement.Catalog.Kind;
import io.weir.entitlement.EntitlementRules.Balance;
import io.weir.entitlement.EntitlementRules.Decision;
import io.weir.entitlement.Facts.Granted;
import io.weir.entitlement.Facts.Overage;
import io.weir.entitlement.Facts.Plan;
import io.weir.entitlement.Facts.PlanFeature;
import io.weir.entitlement.Facts.Term;
import io.weir.entitlement.Facts.Used;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Decimals;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.MeterKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntitlementRulesTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant SOON = Instant.parse("2026-11-25T00:00:00Z");
    private static final FeatureKey KEY = new FeatureKey("f");
    private static final MeterKey METER = new MeterKey("m");
    private static final Feature METERED = new Feature(KEY, Kind.METERED, METER, 3, 0);

    /** Plans: allowance and overage, such as {@code 100 block}; {@code unlimited bill}; {@code off}. Grants: amounts. */
    @ParameterizedTest(name = "plans {0}, grants {1}, used {2}: {3}, {4} of {5} left")
    @CsvSource({
        // plans,                grants,     used,  reason,          remaining, limit,  overage
        "'100 block',            '',         0,     within_limit,    100,       100,    block",
        "'100 block',            '',         99.5,  within_limit,    0.5,       100,    block",
        "'100 block',            '',         100,   limit_reached,   0,         100,    block",
        "'100 block',            '',         150,   limit_reached,   0,         100,    block",
        "'100 allow',            '',         150,   overage_allowed, 0,         100,    allow",
        "'100 bill',             '',         100,   overage_allowed, 0,         100,    bill",
        "'unlimited block',      '',         9e9,   unlimited,       null,      null,   block",
        "'0 block',              '',         0,     limit_reached,   0,         0,      block",
        "'off',                  '',         0,     disabled,        0,         0,      block",
        "'',                     '',         5,     no_entitlement,  0,         0,      block",
        "'100 block',            '50',       120,   within_limit,    30,        150,    block",
        "'100 block',            '50;25.5',  0,     within_limit,    175.5,     175.5,  block",
        "'100 block',            'unlimited',500,   unlimited,       null,      null,   block",
        "'',                     '50',       20,    within_limit,    30,        50,     block",
        "'',                     '50',       50,    limit_reached,   0,         50,     block",
        "'',                     '0',        0,     limit_reached,   0,         0,      block",
        "'off',                  '50',       20,    within_limit,    30,        50,     block",
        "'100 block;20 block',   '',         110,   within_limit,    10,        120,    block",
        "'100 block;20 bill',    '',         120,   overage_allowed, 0,         120,    bill",
        "'100 bill;20 allow',    '',         120,   overage_allowed, 0,         120,    allow",
        "'100 block;off',        '',         10,    within_limit,    90,        100,    block",
        "'1 block;unlimited block','',       10,    unlimited,       null,      null,   block",
    })
    void metered(
            String plans, String grants, String used, String reason, String remaining, String limit, String overage) {
        List<Term> terms = new ArrayList<>();
        for (String plan : split(plans)) {
            terms.add(term("s" + terms.size(), plan(plan), PAST, Instant.MAX));
        }
        List<Granted> granted = new ArrayList<>();
        for (String grant : split(grants)) {
            granted.add(grant(grant, PAST, Instant.MAX));
        }
        Decision decision = EntitlementRules.decide(facts(terms, granted, new BigDecimal(used)), METERED, NOW);
        assertEquals(reason, decision.reason().text());
        Balance balance = decision.balance();
        assertNotNull(balance);
        assertEquals(remaining, text(balance.remaining()));
        assertEquals(limit, text(balance.limit()));
        assertEquals(overage, balance.overage().text());
        assertEquals(Instant.parse("2026-12-01T00:00:00Z"), balance.resetsAt());
    }

    @ParameterizedTest(name = "a subscription from {0} to {1}: {2}")
    @CsvSource({
        "2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z, within_limit",
        "2026-11-20T10:00:00Z, 2027-01-01T00:00:00Z, within_limit",
        "2026-01-01T00:00:00Z, 2026-11-20T10:00:00Z, contract_ended",
        "2026-01-01T00:00:00Z, 2026-11-01T00:00:00Z, contract_ended",
        "2026-11-20T10:00:01Z, 2027-01-01T00:00:00Z, no_entitlement",
    })
    void term_counts_from_its_start_to_before_its_end(Instant from, Instant to, String reason) {
        Facts facts = facts(List.of(term("s", plan("100 block"), from, to)), List.of(), BigDecimal.ONE);
        assertEquals(
                reason, EntitlementRules.decide(facts, METERED, NOW).reason().text());
    }

    @ParameterizedTest(name = "a grant from {0} to {1}: {2}")
    @CsvSource({
        "2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z, within_limit",
        "2026-11-20T10:00:00Z, 2027-01-01T00:00:00Z, within_limit",
        "2026-01-01T00:00:00Z, 2026-11-20T10:00:00Z, no_entitlement",
        "2026-11-20T10:00:01Z, 2027-01-01T00:00:00Z, no_entitlement",
    })
    void grant_counts_from_its_start_to_before_its_expiry(Instant from, Instant to, String reason) {
        Facts facts = facts(List.of(), List.of(grant("100", from, to)), BigDecimal.ONE);
        assertEquals(
                reason, EntitlementRules.decide(facts, METERED, NOW).reason().text());
    }

    @Test
    void grant_entitles_after_the_contract_ended() {
        Term ended = term("s", plan("100 block"), PAST, NOW);
        Facts facts = facts(List.of(ended), List.of(grant("10", PAST, Instant.MAX)), BigDecimal.ONE);
        Decision decision = EntitlementRules.decide(facts, METERED, NOW);
        assertEquals("within_limit", decision.reason().text());
        assertEquals("10", text(requireNonNull(decision.balance()).limit()));
    }

    @ParameterizedTest(name = "{0} with plan {1}: {2}, config {3}")
    @CsvSource({
        "boolean, 'on',  enabled,        null",
        "boolean, 'off', disabled,       null",
        "boolean, '',    no_entitlement, null",
        "static,  'on',  enabled,        '{\"n\":1}'",
        "static,  'off', disabled,       null",
        "static,  '',    no_entitlement, null",
    })
    void unmetered(String kind, String plan, String reason, String config) {
        Feature feature = new Feature(KEY, Kind.valueOf(kind.toUpperCase(Locale.ROOT)), null, 3, 0);
        List<Term> terms = new ArrayList<>();
        for (String said : split(plan)) {
            PlanFeature of =
                    new PlanFeature(said.equals("on"), false, BigDecimal.ZERO, Overage.BLOCK, unmeteredConfig(kind));
            terms.add(term("s", of, PAST, Instant.MAX));
        }
        Decision decision = EntitlementRules.decide(facts(terms, List.of(), BigDecimal.ZERO), feature, NOW);
        assertEquals(reason, decision.reason().text());
        assertEquals(config, String.valueOf(decision.config()));
        assertNull(decision.balance());
    }

    private static @Nullable String unmeteredConfig(String kind) {
        return kind.equals("static") ? "{\"n\":1}" : null;
    }

    @Test
    void static_configuration_is_that_of_the_subscription_that_began_last() {
        Feature feature = new Feature(KEY, Kind.STATIC, null, 3, 0);
        PlanFeature older = new PlanFeature(true, false, BigDecimal.ZERO, Overage.BLOCK, "1");
        PlanFeature newer = new PlanFeature(true, false, BigDecimal.ZERO, Overage.BLOCK, "2");
        Facts facts = facts(
                List.of(term("a", newer, PAST.plusSeconds(60), Instant.MAX), term("b", older, PAST, Instant.MAX)),
                List.of(),
                BigDecimal.ZERO);
        assertEquals("2", EntitlementRules.decide(facts, feature, NOW).config());
    }

    @Test
    void answers_hold_until_the_next_boundary_of_a_term_a_grant_or_the_month() {
        PlanFeature plan = plan("1 block");
        Instant month = Instant.parse("2026-12-01T00:00:00Z");
        assertEquals(month, until(List.of(), List.of()));
        assertEquals(SOON, until(List.of(term("s", plan, PAST, SOON)), List.of()));
        assertEquals(SOON, until(List.of(term("s", plan, SOON, Instant.MAX)), List.of()));
        assertEquals(SOON, until(List.of(), List.of(grant("1", PAST, SOON))));
        assertEquals(SOON, until(List.of(), List.of(grant("1", SOON, Instant.MAX))));
        assertEquals(month, until(List.of(term("s", plan, PAST, NOW)), List.of(grant("1", PAST, NOW))));
    }

    @Test
    void version_adds_up_what_the_answer_follows_from() {
        assertEquals(40 + 3 + 7, EntitlementRules.version(facts(List.of(), List.of(), BigDecimal.ONE), METERED));
    }

    private static Instant until(List<Term> terms, List<Granted> grants) {
        return EntitlementRules.validUntil(facts(terms, grants, BigDecimal.ZERO), NOW);
    }

    private static Facts facts(List<Term> terms, List<Granted> grants, BigDecimal used) {
        return new Facts(
                new CustomerId("c"),
                40,
                new Catalog(List.of(METERED)),
                terms,
                grants,
                Map.of(METER, new Used(used, 7)));
    }

    private static Term term(String key, PlanFeature feature, Instant from, Instant to) {
        return new Term(key, new Plan(1, Map.of(KEY, feature)), from, to);
    }

    private static PlanFeature plan(String text) {
        if (text.equals("off")) {
            return new PlanFeature(false, false, BigDecimal.ONE, Overage.ALLOW, null);
        }
        String[] parts = text.split(" ");
        boolean unlimited = parts[0].equals("unlimited");
        return new PlanFeature(
                true,
                unlimited,
                unlimited ? BigDecimal.ZERO : new BigDecimal(parts[0]),
                Overage.valueOf(parts[1].toUpperCase(Locale.ROOT)),
                null);
    }

    private static Granted grant(String text, Instant from, Instant to) {
        boolean unlimited = text.equals("unlimited");
        return new Granted(KEY, unlimited, unlimited ? BigDecimal.ZERO : new BigDecimal(text), from, to);
    }

    private static List<String> split(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(";"));
    }

    private static String text(@Nullable BigDecimal value) {
        return value == null ? "null" : Decimals.text(value);
    }
}
