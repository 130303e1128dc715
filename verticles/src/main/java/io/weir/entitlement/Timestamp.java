package io.weir.entitlement;

import java.time.Instant;
import java.time.LocalDate;

/** RFC 3339 with milliseconds, UTC, written straight into bytes: {@code 2026-11-20T10:00:00.120Z}. */
final class Timestamp {
    static final int LENGTH = 24;
    private static final long DAY_MILLIS = 86_400_000;
    private static volatile Day today = new Day(0);

    private Timestamp() {}

    /** A day's date, kept because the next timestamp is nearly always of the same day. */
    private static final class Day {
        private final long day;
        private final int year;
        private final int month;
        private final int dayOfMonth;

        Day(long day) {
            LocalDate date = LocalDate.ofEpochDay(day);
            this.day = day;
            this.year = date.getYear();
            this.month = date.getMonthValue();
            this.dayOfMonth = date.getDayOfMonth();
        }
    }

    /** Writes a timestamp of the years 0 to 9999. */
    static void write(Instant instant, byte[] target, int at) {
        long millis = instant.toEpochMilli();
        long number = Math.floorDiv(millis, DAY_MILLIS);
        Day day = today;
        if (day.day != number) {
            day = new Day(number);
            today = day;
        }
        int rest = (int) Math.floorMod(millis, DAY_MILLIS);
        two(target, at, day.year / 100);
        two(target, at + 2, day.year % 100);
        target[at + 4] = '-';
        two(target, at + 5, day.month);
        target[at + 7] = '-';
        two(target, at + 8, day.dayOfMonth);
        target[at + 10] = 'T';
        two(target, at + 11, rest / 3_600_000);
        target[at + 13] = ':';
        two(target, at + 14, rest / 60_000 % 60);
        target[at + 16] = ':';
        two(target, at + 17, rest / 1000 % 60);
        target[at + 19] = '.';
        target[at + 20] = (byte) ('0' + rest / 100 % 10);
        two(target, at + 21, rest % 100);
        target[at + 23] = 'Z';
    }

    private static void two(byte[] target, int at, int value) {
        target[at] = (byte) ('0' + value / 10);
        target[at + 1] = (byte) ('0' + value % 10);
    }
}
