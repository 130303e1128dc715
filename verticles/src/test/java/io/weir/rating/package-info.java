/** Tests of rating: tables that a finance person can read, and runs over real Postgres. */
@NullMarked
package io.weir.rating;

import org.jspecify.annotations.NullMarked;
