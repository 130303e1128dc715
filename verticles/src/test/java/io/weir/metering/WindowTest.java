package io.weir.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WindowTest {
    private static final int MOST = 100_000;

    @Test
    void total_is_one_window() {
        assertEquals(
                List.of(at("2026-11-01T00:07:00Z")),
                starts(Window.TOTAL, "2026-11-01T00:07:00Z", "2026-11-03T00:00:00Z", "UTC"));
    }

    @Test
    void first_window_starts_at_the_span() {
        assertEquals(
                List.of(at("2026-11-01T10:07:00Z"), at("2026-11-01T11:00:00Z"), at("2026-11-01T12:00:00Z")),
                starts(Window.HOUR, "2026-11-01T10:07:00Z", "2026-11-01T12:01:00Z", "UTC"));
    }

    @Test
    void a_day_of_spring_has_23_hours_and_one_of_autumn_25() {
        assertEquals(
                List.of(at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")),
                starts(Window.DAY, "2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z", "Europe/Berlin"));
        assertEquals(
                List.of(at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z")),
                starts(Window.DAY, "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z", "Europe/Berlin"));
        assertEquals(
                23,
                starts(Window.HOUR, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "Europe/Berlin")
                        .size());
        assertEquals(
                25,
                starts(Window.HOUR, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "Europe/Berlin")
                        .size());
    }

    @Test
    void hours_of_kathmandu_start_at_a_quarter_past_in_utc() {
        assertEquals(
                List.of(at("2026-11-01T00:15:00Z"), at("2026-11-01T01:15:00Z")),
                starts(Window.HOUR, "2026-11-01T00:15:00Z", "2026-11-01T02:15:00Z", "Asia/Kathmandu"));
    }

    @Test
    void an_offset_that_changes_by_half_an_hour_makes_one_long_hour() {
        assertEquals(
                List.of(at("2026-04-04T14:00:00Z"), at("2026-04-04T15:30:00Z"), at("2026-04-04T16:30:00Z")),
                starts(Window.HOUR, "2026-04-04T14:00:00Z", "2026-04-04T17:00:00Z", "Australia/Lord_Howe"));
    }

    @Test
    void a_date_that_a_zone_skipped_is_no_window() {
        assertEquals(
                List.of(at("2011-12-29T10:00:00Z"), at("2011-12-30T10:00:00Z")),
                starts(Window.DAY, "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", "Pacific/Apia"));
    }

    @Test
    void months_follow_the_zone() {
        assertEquals(
                List.of(at("2026-10-15T00:00:00Z"), at("2026-11-01T04:00:00Z"), at("2026-12-01T05:00:00Z")),
                starts(Window.MONTH, "2026-10-15T00:00:00Z", "2026-12-15T00:00:00Z", "America/New_York"));
    }

    @Test
    void no_more_than_one_start_beyond_the_most_is_made() {
        assertEquals(
                11,
                Window.HOUR
                        .starts(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), ZoneId.of("UTC"), 10)
                        .size());
    }

    @Test
    void windows_of_every_zone_ascend_and_start_on_quarters() {
        Random random = new Random(1);
        for (String name : ZoneId.getAvailableZoneIds()) {
            ZoneId zone = ZoneId.of(name);
            Instant from = at("1990-01-01T00:00:00Z").plusSeconds(900L * random.nextInt(1_300_000));
            for (Window window : List.of(Window.HOUR, Window.DAY, Window.MONTH)) {
                List<Instant> starts = window.starts(from, from.plus(Duration.ofDays(100)), zone, MOST);
                for (int i = 1; i < starts.size(); i++) {
                    assertTrue(starts.get(i - 1).isBefore(starts.get(i)), name);
                    assertEquals(0, starts.get(i).getEpochSecond() % 900, name);
                }
            }
        }
    }

    @Test
    void next_window_goes_on_through_every_change_of_offset() {
        Stream.of("America/St_Johns", "Africa/Casablanca", "America/Havana", "Antarctica/Troll", "Europe/London")
                .map(ZoneId::of)
                .forEach(zone -> {
                    Instant last = at("1987-01-01T00:00:00Z");
                    Instant end = at("2030-01-01T00:00:00Z");
                    while (last.isBefore(end)) {
                        Instant next = Window.DAY.next(last, zone);
                        Duration length = Duration.between(last, next);
                        assertTrue(length.toHours() >= 1 && length.toHours() <= 26, zone + " " + last + " " + next);
                        last = next;
                    }
                });
    }

    private static List<Instant> starts(Window window, String from, String to, String zone) {
        return window.starts(at(from), at(to), ZoneId.of(zone), MOST);
    }

    private static Instant at(String text) {
        return Instant.parse(text);
    }
}
