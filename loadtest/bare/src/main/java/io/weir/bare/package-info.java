/**
 * The bare baselines of the benchmark: the same libraries with nothing of Weir around them.
 *
 * <p>Meaning: a router that answers a small JSON, handlers that put events into Kafka and answer when they are replicated,
 * and the ledger's rows put into Postgres. Ownership: one Kafka topic and one database of its own, made at the start for one
 * benchmark and thrown away with its services.
 *
 * <p>Invariants: every answer is honest (202 only after acks=all; the insert is counted after its commit). Each baseline is
 * the fastest honest form that was found. Not guaranteed, on purpose: keys, checks, order, limits.
 */
@NullMarked
package io.weir.bare;

import org.jspecify.annotations.NullMarked;
