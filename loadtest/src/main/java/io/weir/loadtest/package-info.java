/**
 * Load and proof from outside: what the demo, the scenarios and the benchmark share.
 *
 * <p>Meaning: a running Weir is known only by its {@code demo.env} file and its HTTP interface. Ownership: nothing here is
 * used by the gateway, and nothing of the gateway is used here. Not guaranteed: that a node answers; whoever asks decides
 * how long to be patient.
 */
@NullMarked
package io.weir.loadtest;

import org.jspecify.annotations.NullMarked;
