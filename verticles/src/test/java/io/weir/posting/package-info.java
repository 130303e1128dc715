/** Tests of posting, over real Postgres and the ERP simulator with its faults. */
@NullMarked
package io.weir.posting;

import org.jspecify.annotations.NullMarked;
