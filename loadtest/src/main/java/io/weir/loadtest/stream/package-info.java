/**
 * One stream of any length through a running Weir, and what it cost the node.
 *
 * <p>Not guaranteed: that the ledger has recorded the events when the program ends; they are in the log.
 */
@NullMarked
package io.weir.loadtest.stream;

import org.jspecify.annotations.NullMarked;
