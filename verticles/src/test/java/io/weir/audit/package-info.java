/** The audit trail, appended to by its SQL function and tampered with. */
@NullMarked
package io.weir.audit;

import org.jspecify.annotations.NullMarked;
