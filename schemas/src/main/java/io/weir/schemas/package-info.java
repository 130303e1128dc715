/**
 * What things are: ids, refusals, receipts, the log's record form and the typed event-bus addresses that stages meet at.
 *
 * <p>Everything here is an immutable value or a pure function; nothing does I/O. The SQL migrations and the OpenAPI
 * document are this module's resources. Not guaranteed: that a value names something that exists; only its form is checked.
 */
@NullMarked
package io.weir.schemas;

import org.jspecify.annotations.NullMarked;
