package io.weir.loadtest.demo;

import java.time.Instant;

/** One call of the trace; {@code number} counts the rows below the header from 1. */
record TraceRow(int number, Instant time, long contextTokens, long generatedTokens) {}
