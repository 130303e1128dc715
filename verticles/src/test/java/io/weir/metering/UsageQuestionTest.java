package io.weir.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.MultiMap;
import io.weir.fixtures.Refused;
import io.weir.schemas.CustomerId;
import io.weir.schemas.SubscriptionId;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class UsageQuestionTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00.123456789Z");

    @Test
    void month_to_date_is_asked_where_nothing_is_said() {
        UsageQuestion question = parse("meter", "m");
        assertEquals(Instant.parse("2026-11-01T00:00:00Z"), question.from());
        assertEquals(Instant.parse("2026-11-20T10:00:00.123456Z"), question.to());
        assertEquals(Window.TOTAL, question.window());
        assertEquals(ZoneOffset.UTC, question.zone());
        assertEquals(List.of(), question.groupBy());
        assertNull(question.customer());
    }

    @Test
    void the_month_is_the_zones() {
        assertEquals(
                Instant.parse("2026-10-31T15:00:00Z"),
                parse("meter", "m", "tz", "Asia/Tokyo").from());
    }

    @Test
    void every_parameter_is_read() {
        UsageQuestion question = parse(
                "meter",
                "m",
                "customer",
                "c",
                "subscription",
                "s",
                "from",
                "2026-11-01T00:00:00+01:00",
                "to",
                "2026-11-02T00:00:00Z",
                "window",
                "day",
                "tz",
                "Europe/Berlin",
                "groupBy",
                "region,model",
                "groupBy",
                "customer");
        assertEquals(new CustomerId("c"), question.customer());
        assertEquals(new SubscriptionId("s"), question.subscription());
        assertEquals(Instant.parse("2026-10-31T23:00:00Z"), question.from());
        assertEquals(Window.DAY, question.window());
        assertEquals(ZoneId.of("Europe/Berlin"), question.zone());
        assertEquals(List.of("region", "model", "customer"), question.groupBy());
        assertEquals(List.of("region", "model"), question.dimensions());
    }

    @Test
    void all_that_is_wrong_is_said_at_once() {
        assertEquals(
                List.of("/custmer", "/meter", "/tz", "/from", "/window", "/customer"),
                pointers("custmer", "c", "tz", "Mars/Olympus", "from", "yesterday", "window", "week", "customer", ""));
        assertEquals(
                List.of("/to", "/groupBy"),
                pointers("meter", "m", "from", "2026-11-02T00:00:00Z", "to", "2026-11-02T00:00:00Z", "groupBy", "a,a"));
    }

    @Test
    void a_parameter_that_stands_twice_is_refused() {
        assertEquals(List.of("/meter"), pointers("meter", "m", "meter", "n"));
    }

    @Test
    void a_zone_must_be_quarters_of_an_hour_off() {
        assertEquals(List.of("/tz"), pointers("meter", "m", "tz", "+01:07"));
        assertEquals(ZoneId.of("+05:45"), parse("meter", "m", "tz", "+05:45").zone());
    }

    @Test
    void instants_that_no_database_holds_are_refused() {
        assertEquals(
                List.of("/from", "/to"),
                pointers("meter", "m", "from", "-9999-01-01T00:00:00Z", "to", "+999999999-01-01T00:00:00Z"));
    }

    private static List<String> pointers(String... parameters) {
        return Refused.pointers(Refused.by(() -> parse(parameters)));
    }

    private static UsageQuestion parse(String... parameters) {
        MultiMap map = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < parameters.length; i += 2) {
            map.add(parameters[i], parameters[i + 1]);
        }
        return UsageQuestion.parse(map, NOW);
    }
}
