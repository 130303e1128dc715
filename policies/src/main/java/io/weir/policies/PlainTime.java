package io.weir.policies;

/** The common form of a date-time, {@code 2026-11-20T10:00:00[.fraction]Z}, read where it stands. */
final class PlainTime {
    /** No instant: the text has another form, or names a day or second that does not exist. */
    static final long NONE = Long.MIN_VALUE;

    private static final int[] DAYS_BEFORE = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    private static final int[] DAYS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    private static final int SECONDS_END = 19;
    private static final int LONGEST = 30;
    /** Days from the first of January of the year 0 to that of 1970. */
    private static final long DAYS_TO_1970 = 719_528;

    private PlainTime() {}

    /** Seconds since 1970, rounded down. */
    static long seconds(byte[] in, int from, int to) {
        int length = to - from;
        if (length <= SECONDS_END
                || length > LONGEST
                || in[to - 1] != 'Z'
                || in[from + 4] != '-'
                || in[from + 7] != '-'
                || in[from + 10] != 'T'
                || in[from + 13] != ':'
                || in[from + 16] != ':'
                || !fraction(in, from + SECONDS_END, to - 1)) {
            return NONE;
        }
        int century = two(in, from);
        int years = two(in, from + 2);
        int month = two(in, from + 5);
        int day = two(in, from + 8);
        int hour = two(in, from + 11);
        int minute = two(in, from + 14);
        int second = two(in, from + 17);
        if ((century | years | month | day | hour | minute | second) < 0
                || hour > 23
                || minute > 59
                || second > 59
                || month < 1
                || month > 12
                || day < 1) {
            return NONE;
        }
        long days = days(century * 100 + years, month, day);
        return days == NONE ? NONE : ((days * 24 + hour) * 60 + minute) * 60 + second;
    }

    private static long days(int year, int month, int day) {
        boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (day > DAYS[month - 1] || (month == 2 && day == 29 && !leap)) {
            return NONE;
        }
        long before = year * 365L + Math.ceilDiv(year, 4) - Math.ceilDiv(year, 100) + Math.ceilDiv(year, 400);
        return before + DAYS_BEFORE[month - 1] + (leap && month > 2 ? 1 : 0) + day - 1 - DAYS_TO_1970;
    }

    /** Nothing, or a point and digits. */
    private static boolean fraction(byte[] in, int from, int to) {
        if (from == to) {
            return true;
        }
        if (in[from] != '.' || from + 1 == to) {
            return false;
        }
        for (int i = from + 1; i < to; i++) {
            if (in[i] < '0' || in[i] > '9') {
                return false;
            }
        }
        return true;
    }

    /** Two digits; negative where one is none. */
    private static int two(byte[] in, int at) {
        int tens = in[at] - '0';
        int ones = in[at + 1] - '0';
        return (tens | ones) < 0 || tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
    }
}
