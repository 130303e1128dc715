/**
 * What cannot go on without a decision, in one list: events that the ledger holds or could not record, and documents that
 * the ERP refused.
 *
 * <p>Owns no table: an exception lies where the work that it stops lies, and is opened and resolved by its stage. An id is
 * opaque to the caller; {@code L-} and {@code P-} tell this package whose it is. NOT guaranteed: that a list read page by
 * page holds what was opened meanwhile.
 */
@NullMarked
package io.weir.exceptions;

import org.jspecify.annotations.NullMarked;
