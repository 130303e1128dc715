package io.weir.loadtest.gatling;

/**
 * What became of the requests of one kind.
 *
 * @param due how many were to be sent
 * @param good answered as they should be, within the time that a caller has
 * @param distinct different bodies of these
 * @param refused answered 503 or 429 in that time
 * @param failed answered otherwise
 * @param late not answered in that time, or not sent
 * @param p50Millis of the good ones
 * @param p99Millis of the good ones
 */
public record OverloadCounts(
        long due, long good, long distinct, long refused, long failed, long late, double p50Millis, double p99Millis) {}
