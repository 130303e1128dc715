package io.weir.loadtest;

/** Counts latencies in buckets that are at most 1/64 wide of their value, from a microsecond to hours. For one thread. */
public final class Latencies {
    private static final int SUB = 64;
    private static final int SUB_BITS = 6;

    private final long[] counts = new long[SUB * 40];
    private long total;

    public void record(long nanos) {
        counts[bucket(Math.max(0, nanos / 1_000))]++;
        total++;
    }

    public long total() {
        return total;
    }

    /** The value, in milliseconds, that so many percent do not exceed; zero when nothing was counted. */
    public double percentileMillis(double percent) {
        long rank = (long) Math.ceil(total * percent / 100);
        long seen = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            seen += counts[bucket];
            if (seen >= rank && seen > 0) {
                return upperMicros(bucket) / 1_000.0;
            }
        }
        return 0;
    }

    private static int bucket(long micros) {
        int shift = Math.max(0, 63 - Long.numberOfLeadingZeros(micros | 1) - SUB_BITS);
        return shift * SUB + (int) (micros >>> shift);
    }

    private static long upperMicros(int bucket) {
        int shift = Math.max(0, bucket / SUB - 1);
        return ((long) (bucket - shift * SUB) << shift) + (1L << shift) - 1;
    }
}
