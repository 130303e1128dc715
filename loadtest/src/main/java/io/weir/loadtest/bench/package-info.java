/**
 * The benchmark runner: Weir beside the bare libraries, in turns, in the same run, on the same machine.
 *
 * <p>Meaning: a figure of one machine says little; the ratio to what the same libraries do there with nothing around them
 * says what Weir costs. Ownership: {@code loadtest/results/bench.json}, and every process that it starts, which it also ends.
 *
 * <p>Two phases: a node that only admits is compared with baselines that only admit; then a whole node records what the
 * first left, and is measured recording. Invariants: one load generator serves the baseline and Weir alike; every event has
 * an id of its own; every event that was counted as accepted is found in the ledger. Not guaranteed: a quiet
 * machine. Load generator, baseline and Weir share the cores.
 */
@NullMarked
package io.weir.loadtest.bench;

import org.jspecify.annotations.NullMarked;
