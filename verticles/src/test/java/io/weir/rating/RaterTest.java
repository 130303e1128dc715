package io.weir.rating;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RaterTest {
    private static final String NOVEMBER = "2026-11-01T00:00:00Z";
    private static final String DECEMBER = "2026-12-01T00:00:00Z";
    private static final String JANUARY = "2027-01-01T00:00:00Z";

    @Test
    void a_first_run_charges_the_whole_and_the_next_nothing() {
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.0001");
        books.use("2026-11-03T10:00:00Z", "120000").use("2026-11-03T11:00:00Z", "30000");
        assertEquals("v1 2026-11 #1 150000 = 15.00", books.run(NOVEMBER, DECEMBER));
        assertEquals("", books.run(NOVEMBER, DECEMBER));
    }

    @Test
    void late_usage_is_an_adjustment_of_its_month() {
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.01");
        books.use("2026-11-03T10:00:00Z", "500");
        assertEquals("v1 2026-11 #1 500 = 5.00", books.run(NOVEMBER, DECEMBER));
        books.use("2026-11-03T10:00:00Z", "70").use("2026-12-01T00:00:00Z", "100");
        assertEquals("v1 2026-11 #2 70 = 0.70\nv1 2026-12 #1 100 = 1.00", books.run(NOVEMBER, JANUARY));
    }

    @Test
    void usage_taken_back_after_its_charge_is_a_credit() {
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.01");
        books.use("2026-11-03T10:00:00Z", "500").use("2026-11-04T10:00:00Z", "20");
        assertEquals("v1 2026-11 #1 520 = 5.20", books.run(NOVEMBER, DECEMBER));
        books.use("2026-11-03T10:00:00Z", "-500");
        assertEquals("v1 2026-11 #2 -500 = -5.00", books.run(NOVEMBER, DECEMBER));
    }

    @Test
    void roundings_never_add_up() {
        // 49 units at 0.0001 are 0.0049: each alone would round to nothing, or 100 of them to 0.00 or 1.00.
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.0001");
        StringBuilder amounts = new StringBuilder();
        for (int day = 1; day <= 5; day++) {
            books.use("2026-11-0" + day + "T10:00:00Z", "49");
            amounts.append(books.run(NOVEMBER, DECEMBER)).append('\n');
        }
        assertEquals("""
                v1 2026-11 #1 49 = 0.00
                v1 2026-11 #2 49 = 0.01
                v1 2026-11 #3 49 = 0.00
                v1 2026-11 #4 49 = 0.01
                v1 2026-11 #5 49 = 0.00
                """, amounts.toString());
    }

    @Test
    void half_a_cent_is_rounded_up() {
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.005");
        books.use("2026-11-03T10:00:00Z", "1");
        assertEquals("v1 2026-11 #1 1 = 0.01", books.run(NOVEMBER, DECEMBER));
    }

    @Test
    void a_currency_without_minor_units_is_charged_in_whole_ones() {
        Books books = new Books("JPY").price("2026-01-01T00:00:00Z", "0.4");
        books.use("2026-11-03T10:00:00Z", "9");
        assertEquals("v1 2026-11 #1 9 = 4", books.run(NOVEMBER, DECEMBER));
    }

    @Test
    void a_price_is_charged_for_the_hours_in_which_it_is_in_force() {
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.01").price("2026-11-15T12:00:00Z", "0.02");
        books.use("2026-11-15T11:00:00Z", "100").use("2026-11-15T12:00:00Z", "100");
        assertEquals("v1 2026-11 #1 100 = 1.00\nv2 2026-11 #1 100 = 2.00", books.run(NOVEMBER, DECEMBER));
    }

    @Test
    void a_price_changed_under_charged_hours_gives_the_old_charge_back() {
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.01");
        books.use("2026-11-03T10:00:00Z", "100").use("2026-11-20T10:00:00Z", "100");
        assertEquals("v1 2026-11 #1 200 = 2.00", books.run(NOVEMBER, DECEMBER));
        books.price("2026-11-10T00:00:00Z", "0.03");
        assertEquals("v1 2026-11 #2 -100 = -1.00\nv2 2026-11 #1 100 = 3.00", books.run(NOVEMBER, DECEMBER));
    }

    @Test
    void usage_before_the_first_price_is_not_charged() {
        Books books = new Books("USD").price("2026-11-15T00:00:00Z", "0.01");
        books.use("2026-11-14T23:00:00Z", "100").use("2026-11-15T00:00:00Z", "1");
        assertEquals("v1 2026-11 #1 1 = 0.01", books.run(NOVEMBER, DECEMBER));
    }

    @Test
    void a_charge_names_its_first_and_last_hour() {
        Books books = new Books("USD").price("2026-01-01T00:00:00Z", "0.01");
        books.use("2026-11-03T10:00:00Z", "100").use("2026-11-20T22:00:00Z", "100");
        books.run(NOVEMBER, DECEMBER);
        assertEquals(
                Instant.parse("2026-11-03T10:00:00Z"), books.charges.getFirst().from());
        assertEquals(
                Instant.parse("2026-11-20T23:00:00Z"), books.charges.getFirst().to());
    }

    static Stream<Long> seeds() {
        return IntStream.range(0, 300).mapToObj(i -> 7_000L + i);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatever_the_order_of_usage_voids_prices_and_runs_the_sum_is_a_single_rating(long seed) {
        Random random = new Random(seed);
        Books books = new Books("USD").price("2026-10-01T00:00:00Z", "0.0031");
        for (int step = 0; step < 60; step++) {
            switch (random.nextInt(10)) {
                case 0 -> books.price(hour(random), "0.00" + random.nextInt(1, 99));
                case 1, 2, 3 -> books.run(hour(random), hour(random.nextInt(30 * 24, 60 * 24)));
                case 4 -> books.use(hour(random), "-" + random.nextInt(50));
                default -> books.use(hour(random), random.nextInt(2_000) + "." + random.nextInt(10));
            }
        }
        books.run("2026-10-01T00:00:00Z", JANUARY);
        assertEquals(books.singleRating(), books.amounts(), "seed " + seed);
        assertEquals("", books.run("2026-10-01T00:00:00Z", JANUARY), "seed " + seed);
    }

    private static String hour(Random random) {
        return hour(random.nextInt(30 * 24));
    }

    private static String hour(int sinceOctober) {
        return Instant.parse("2026-10-15T00:00:00Z")
                .plusSeconds(3_600L * sinceOctober)
                .toString();
    }

    @Test
    void a_charge_key_can_be_kept_by_every_erp_and_depends_on_all_that_is_charged() {
        LineKey line = new LineKey("sub-1", 7, "tokens", "price", 1, LocalDate.parse("2026-11-01"));
        String key = ChargeKey.of("demo", line, 1);
        assertTrue(key.matches("[A-Z0-9-]{1,35}"), key);
        assertTrue(ChargeKey.of("demo", line, 999_999).length() <= 35);
        assertEquals(key, ChargeKey.of("demo", line, 1));
        assertNotEquals(key, ChargeKey.of("other", line, 1));
        assertNotEquals(
                key,
                ChargeKey.of("demo", new LineKey("sub-1", 8, "tokens", "price", 1, LocalDate.parse("2026-11-01")), 1));
        assertNotEquals(key, ChargeKey.of("demo", line, 2));
    }

    @Test
    void only_whole_hours_that_have_ended_and_are_counted_are_closed() {
        Instant to = Instant.parse("2026-11-20T12:00:00Z");
        Instant now = Instant.parse("2026-11-20T10:30:00Z");
        assertEquals(Instant.parse("2026-11-20T10:00:00Z"), Window.closedUpTo(to, now, now));
        assertEquals(
                Instant.parse("2026-11-20T09:00:00Z"),
                Window.closedUpTo(to, now, Instant.parse("2026-11-20T09:59:59.999Z")));
        assertEquals(
                Instant.parse("2026-11-20T08:00:00Z"),
                Window.closedUpTo(Instant.parse("2026-11-20T08:15:00Z"), now, now));
        assertEquals(Instant.parse("2026-11-20T09:00:00Z"), Window.firstHour(Instant.parse("2026-11-20T08:15:00Z")));
        assertEquals(Instant.parse("2026-11-20T08:00:00Z"), Window.firstHour(Instant.parse("2026-11-20T08:00:00Z")));
    }
}
