/**
 * Gatling scenarios against a running node.
 *
 * <p>Meaning: an open model, in which users arrive at a rate whatever the answers take, so that a slow node shows as latency
 * and failures instead of a lower rate. Not guaranteed: that this machine can make the rate asked for; compare the report's
 * request rate with it.
 */
@NullMarked
package io.weir.loadtest.gatling;

import org.jspecify.annotations.NullMarked;
