/**
 * The desk of what cannot go on without a decision: events that the ledger holds or could not record, documents that the ERP
 * refused, usage that cannot be rated, and sources whose totals are not all
 * recorded, in one list, and who looks after each.
 *
 * <p>Owns who looks after an exception ({@code exception_owner}) and nothing else: an exception lies where the work that it stops
 * lies, and is opened, tried again and resolved by its stage. Its history is the audit trail's. An id is opaque to the caller;
 * {@code L-}, {@code P-}, {@code B-} and {@code S-} tell whose it is. NOT guaranteed: that a list read page by page holds what was opened meanwhile.
 */
@NullMarked
package io.weir.exceptions;

import org.jspecify.annotations.NullMarked;
