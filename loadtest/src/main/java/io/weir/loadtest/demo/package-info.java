/**
 * The demo: a real trace driven from its file to the ERP, over HTTP only.
 *
 * <p>Meaning: each row of a trace becomes one usage event; its sums are then asked back, charged, approved and counted in
 * the ERP. Ownership: {@code demo-<trace>.properties} in the data directory, which holds the one shift in time.
 *
 * <p>Invariants: an event is a pure function of the trace's name, the row and the kept shift, so a second run sends the very
 * same bytes; the shift is on disk before the first event is sent. Not guaranteed: that the span holds no usage of others
 * (the sums are therefore asked by a region of the trace's own; charges are of the whole span).
 */
@NullMarked
package io.weir.loadtest.demo;

import org.jspecify.annotations.NullMarked;
