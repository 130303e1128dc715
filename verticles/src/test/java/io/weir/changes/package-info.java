/** Tests of this stage, on a real Postgres. */
@NullMarked
package io.weir.changes;

import org.jspecify.annotations.NullMarked;
