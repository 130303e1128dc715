/** Tests of this stage, on a real Postgres. */
@NullMarked
package io.weir.entitlement;

import org.jspecify.annotations.NullMarked;
